# One list of commands; CI calls the same. `make` alone shows it.
PYTHON ?= python3.11
BIN    := .venv/bin
READY  := .venv/.ready
SMALL  := .venv-try
FOR    ?= 2m

.DEFAULT_GOAL := help
.PHONY: help setup try demo test check bench clean

help:  ## this list
	@grep -hE '^[a-z%-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 18

setup: $(READY)  ## the environment in .venv and the jars, versions and checksums locked (every other command does it when needed)

$(READY): requirements.lock requirements-uv.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' 2>/dev/null || { \
	  echo "Python 3.11 is needed, as '$(PYTHON)'. Have it elsewhere? make PYTHON=/path/to/python3.11 $(MAKECMDGOALS)"; exit 1; }
	@echo "setting up .venv (about 1 GB; minutes the first time, then seconds)"
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-uv.lock
	@VIRTUAL_ENV=$(CURDIR)/.venv $(BIN)/uv pip install --quiet --require-hashes -r requirements.lock
	@VIRTUAL_ENV=$(CURDIR)/.venv $(BIN)/uv pip install --quiet --no-deps --no-build-isolation --editable .
	@$(BIN)/python -c "from services.stack import jars; jars.fetch()"
	@touch $@

try: $(SMALL)/.ready  ## decide over a small file of events in one process: no cluster, no Java; the first time 7 MB and some seconds
	@$(SMALL)/bin/kairos try docs/examples/events.jsonl

# uv where there is one: it brings Python 3.11 itself.
$(SMALL)/.ready: requirements-try.lock pyproject.toml
	@if command -v uv >/dev/null 2>&1; then \
	  test -x $(SMALL)/bin/python || uv venv --quiet --python 3.11 $(SMALL); \
	  install="uv pip install --quiet --python $(SMALL)/bin/python"; \
	else \
	  $(PYTHON) -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' 2>/dev/null || { \
	    echo "Python 3.11 is needed, as '$(PYTHON)', or uv, which brings it. Have it elsewhere? make try PYTHON=/path/to/python3.11"; exit 1; }; \
	  test -x $(SMALL)/bin/pip || $(PYTHON) -m venv $(SMALL); \
	  install="$(SMALL)/bin/python -m pip install --quiet --disable-pip-version-check --no-compile"; \
	fi && \
	$$install --require-hashes -r requirements-try.lock && \
	$$install --no-deps --no-build-isolation --editable .
	@touch $@

demo: $(READY)  ## a broker, a cluster, a small shop and live decisions for two minutes (FOR=30s: shorter, FOR=0: until Ctrl-C)
	@$(BIN)/kairos demo --for $(FOR)

test: $(READY)  ## every test, the cluster's included (about ten minutes; K=… selects)
	$(BIN)/pytest $(if $(K),-k "$(K)")

check: $(READY)  ## style, types, import contracts, campaigns and their scenarios
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/kairos campaigns check campaigns
	$(BIN)/kairos campaigns test

bench: $(READY)  ## how fast on a heavy day, about 20 minutes: the engine, its flame graph, Kafka; writes docs/benchmarks.md (ONLY=engine,flame: parts of it)
	$(BIN)/python -m bench.run $(if $(ONLY),--only $(ONLY))

evidence-%: $(READY)  ## what the project claims, measured: evidence-main writes docs/evidence/main.json
	$(BIN)/python -m bench.evidence $*

clean: ## stop what runs, then remove the environment and all local state
	@if [ -x $(BIN)/kairos ]; then $(BIN)/kairos down || true; fi
	rm -rf .venv $(SMALL) .kairos build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
