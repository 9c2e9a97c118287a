# Two commands do everything: `make demo` and `make test`. Both build .venv in this folder first.
PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes

.PHONY: help demo up test test-pages drills lint lock messages clean
.DEFAULT_GOAL := help

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(VENV)/run: requirements.lock pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(PIP) -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/dev: $(VENV)/run requirements-dev.lock
	$(PIP) -r requirements-dev.lock
	@touch $@

demo: $(VENV)/run ## Run a quarter of València from its requests to its report, in under a minute
	$(BIN)/focal demo $(DEMO)

up: $(VENV)/run ## Run everything on this machine until Ctrl-C
	$(BIN)/focal up

test: $(VENV)/dev ## Pass the tests
	tests/install-chromium
	env -u PYTHONDONTWRITEBYTECODE $(BIN)/python -m pytest -n auto --dist loadfile --no-loadscope-reorder

test-pages: $(VENV)/dev ## Only the pages, in a real browser where there is one
	tests/install-chromium
	$(BIN)/python -m pytest -n auto --dist loadfile --no-loadscope-reorder tests/api

drills: $(VENV)/dev ## The long proofs: large rosters, kills in the middle
	tests/install-chromium
	$(BIN)/python -m pytest -m drill --timeout 3600 -s
	$(BIN)/python -m pytest -m "hypothesis and not drill" --hypothesis-profile drill --timeout 3600

lint: $(VENV)/dev ## Style, types, layers
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

lock: ## Pin what pyproject.toml asks for, with hashes and without addresses
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
		--no-annotate --no-header --extra build pyproject.toml --output-file requirements.lock
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
		--no-annotate --no-header --extra build --extra dev pyproject.toml --output-file requirements-dev.lock

messages: $(VENV)/dev ## Bring the translations up to date with the words in templates and code
	tests/update-messages

clean: ## Remove what was built, and the data of the demonstration
	rm -rf $(VENV) .focal-demo build *.egg-info
