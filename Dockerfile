# One image for every part of Focal; the command says which part a container is.
FROM python:3.13-slim-bookworm

ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
WORKDIR /focal

COPY requirements.lock pyproject.toml README.md ./
RUN python -m pip install --no-cache-dir --no-deps --require-hashes --requirement requirements.lock

COPY . .
RUN python -m pip install --no-cache-dir --no-deps --no-build-isolation --editable . \
    && useradd --system --no-create-home --uid 10001 focal

USER focal
ENTRYPOINT ["focal"]
CMD ["worker"]
