# One command for everything; `make` lists them.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
OLDEST := (3, 11)

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
# Airflow starts four times slower where its modules are compiled at every start
unexport PYTHONDONTWRITEBYTECODE

COMPILE = $(BIN)/uv pip compile --universal --generate-hashes --python-version 3.11 --quiet \
  --no-emit-index-url
INSTALL = $(BIN)/uv pip install --quiet --python $(BIN)/python --compile-bytecode --require-hashes

.PHONY: help
help: ## List the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  \1|\2/p' $(MAKEFILE_LIST) | awk -F'|' '{printf "%-12s %s\n", $$1, $$2}'

.PHONY: demo
demo: $(READY) ## Run import_demo on a real Airflow, from an archive to a balanced catalog (FRESH=1 begins anew)
	@$(BIN)/python -m include.demo run $(if $(filter 1 yes true,$(FRESH)),--fresh)

.PHONY: test
test: $(READY) ## Run all tests (ARGS="-k words" for some)
	$(BIN)/python -m pytest $(ARGS)

.PHONY: check
check: $(READY) ## Check format, lint, types and generated documents
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/python -m docs.generate --check

.PHONY: up
up: $(READY) ## Start Airflow with its UI and the local cloud, and keep them running
	@$(BIN)/python -m include.demo up

.PHONY: down
down: $(READY) ## Stop what `make up` started
	@$(BIN)/python -m include.demo down

.PHONY: bench
bench: $(READY) ## Measure de-identification (quality, speed), the main job, reconciliation and DAG parsing
	$(BIN)/python -m tests.bench

.PHONY: docs
docs: $(READY) ## Write the generated documents anew
	$(BIN)/python -m docs.generate

.PHONY: tables
tables: $(READY) ## Write the de-identification tables anew from their sources
	$(BIN)/python -m include.imaging.deid.data.make_types

.PHONY: fuzz
fuzz: $(READY) ## De-identify 20,000 mutated files, which must end verified or held (SEED=7 for others)
	$(BIN)/python -m tests.fuzz --count 20000 --seed $(or $(SEED),1) --workers 2

.PHONY: lock
lock: $(READY) ## Resolve requirements*.txt and tools.txt into locks, hashed, for Python 3.11 to 3.13
	$(COMPILE) requirements.txt requirements-dev.txt -o requirements.lock
	$(COMPILE) --no-deps requirements-samples.txt -o requirements-samples.lock
	cd tests/bench && $(CURDIR)/$(COMPILE) tools.txt -o tools.lock

.PHONY: clean
clean: ## Stop the demo and delete what it and the tools left, all but .venv
	@if [ -x $(BIN)/python ] && [ -d .demo ]; then $(BIN)/python -m include.demo down; fi
	rm -rf .demo .cache .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find . -name __pycache__ -not -path './$(VENV)/*' -prune -exec rm -rf {} +

# uv is installed by pip as the lock pins and hashes it; uv installs the rest, compiled
$(READY): requirements.lock requirements-samples.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < $(OLDEST))' || { \
	  echo "Python 3.11 or newer is needed, $$($(PYTHON) --version 2>&1) was found:" \
	    "install one and run make PYTHON=python3.12 …" >&2; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@awk '/^uv==/ { on = 1 } on { print } on && !/\\$$/ { exit }' requirements.lock > $(VENV)/uv.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $(VENV)/uv.txt
	$(INSTALL) -r requirements.lock
	$(INSTALL) --no-deps -r requirements-samples.lock
	@touch $@
