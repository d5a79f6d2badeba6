# syntax=docker/dockerfile:1
FROM python:3.11-slim-bookworm

# Índice de torch, por ejemplo el de CPU de PyTorch (imagen mucho más pequeña); vacío = el habitual.
ARG TORCH_INDEX=
# Extras de Python, separados por comas (los de locks/): «gemma» trae los pesos de Gemma 3 270M (licencia Gemma).
ARG EXTRAS=

ENV PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    PIP_NO_CACHE_DIR=1 \
    PIP_DISABLE_PIP_VERSION_CHECK=1 \
    DATA_DIR=/data \
    HF_HOME=/data/huggingface \
    MPLCONFIGDIR=/data/matplotlib

RUN useradd --create-home --uid 10001 unicornio \
    && install --directory --owner=unicornio --group=unicornio /data

WORKDIR /app
COPY requirements.lock ./
COPY locks ./locks
# Exactamente lo que dicen los archivos, con sus sumas; torch va aparte porque cada índice tiene el suyo.
RUN pip install --no-deps --require-hashes --requirement requirements.lock
RUN pip install ${TORCH_INDEX:+--index-url "${TORCH_INDEX}"} --requirement locks/torch.txt
RUN for extra in $(echo "${EXTRAS}" | tr ',' ' '); do \
        pip install --no-deps --require-hashes --requirement "locks/${extra}.lock" || exit 1; \
    done
COPY pyproject.toml README.md LICENSE ./
COPY engine ./engine
COPY bot ./bot
RUN pip install --no-deps --no-build-isolation .

USER unicornio
VOLUME /data
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=10s --start-period=180s --retries=3 \
    CMD ["python", "-m", "bot", "health"]
ENTRYPOINT ["python", "-m", "bot"]
