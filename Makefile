# One list of commands; CI calls the same. `make` alone shows it.
PYTHON ?= python3.11
BIN    := .venv/bin
READY  := .venv/.ready
SMALL  := .venv-try
FOR    ?= 2m
WORKERS ?= 2

# Compiled modules are kept, in the folder where the cluster's processes keep theirs, whatever the shell says: dozens of tests start a Python.
unexport PYTHONDONTWRITEBYTECODE
export PYTHONPYCACHEPREFIX := $(CURDIR)/.kairos/pycache

SELECT   = $(if $(K),-k "$(K)")
LOCAL    = $(BIN)/pytest -m "not cluster and not apart" -n $(WORKERS) --dist worksteal $(SELECT)
FAST     = $(BIN)/pytest -m "not cluster and not slow and not apart" -n $(WORKERS) --dist worksteal $(SELECT)
CLUSTER  = $(BIN)/pytest -m "cluster and not apart" $(SELECT)
APART    = $(BIN)/pytest -m apart $(SELECT)

.DEFAULT_GOAL := help
.PHONY: help setup try demo test test-apart test-fast test-one check schemas prose docs bench golden clean

help:  ## this list
	@grep -hE '^[a-z%-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 18

setup: $(READY)  ## the environment in .venv and the jars, versions and checksums locked (every other command does it when needed)

$(READY): requirements.lock requirements-uv.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' 2>/dev/null || { \
	  echo "Python 3.11 is needed, as '$(PYTHON)'. Have it elsewhere? make PYTHON=/path/to/python3.11 $(MAKECMDGOALS)"; exit 1; }
	@echo "setting up .venv (600 MB to download, 1.7 GB of disk; minutes the first time, then seconds)"
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-uv.lock
	@VIRTUAL_ENV=$(CURDIR)/.venv $(BIN)/uv pip install --quiet --require-hashes -r requirements.lock
	@VIRTUAL_ENV=$(CURDIR)/.venv $(BIN)/uv pip install --quiet --no-deps --no-build-isolation --editable .
	@$(BIN)/python -c "from services.devstack import jars; jars.fetch()"
	@touch $@

try: try-told $(SMALL)/.ready  ## the README's two stories in one process: a cart that is left, and one that is bought. No cluster, no Java; 17 MB, and up to a minute or two, the first time
	@$(SMALL)/bin/kairos try docs/examples/cart/left.jsonl --campaigns docs/examples/cart
	@$(SMALL)/bin/kairos try docs/examples/cart/bought.jsonl --campaigns docs/examples/cart

.PHONY: try-told
try-told:
	@test -e $(SMALL)/.ready || echo "the first time: an environment of Kairos' own in $(SMALL), and 17 MB of packages; a minute or two on a slow machine"

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

# Both parts run, whatever the first one finds. 5 is pytest's "nothing selected": right for one part where K selects, never for both.
test: $(READY)  ## every test but the slow parts apart: what needs no cluster on two workers, then the cluster's one by one (16 to 40 minutes on two cores; K=… selects)
	@$(LOCAL); local=$$?; $(CLUSTER); cluster=$$?; \
	$(if $(K),case $$local$$cluster in (05) cluster=0;; (50) local=0;; esac;) \
	if [ $$local -ne 0 ]; then echo "the tests without a cluster failed ($$local)"; fi; \
	if [ $$cluster -ne 0 ]; then echo "the tests on the cluster failed ($$cluster)"; fi; \
	[ $$local -eq 0 ] && [ $$cluster -eq 0 ]

test-apart: $(READY)  ## the slow parts on real servers that `make test` leaves out: a secured broker, outages, upgrades, state in an object store, schedules
	@$(APART)

test-fast: $(READY)  ## every test that needs no cluster and takes less than a third of a second (two minutes on two cores; K=… selects)
	@$(FAST)

test-one: $(READY)  ## one file of tests, in seconds: T=tests/core/policy/test_caps.py
	$(BIN)/pytest -x $(or $(T),$(error say which: make test-one T=tests/core/policy/test_caps.py))

check: $(READY)  ## style, types, import contracts, campaigns and their scenarios, prose and docs
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/kairos campaigns check campaigns
	$(BIN)/kairos campaigns test
	@$(MAKE) --no-print-directory prose docs

schemas: $(READY)  ## the JSON Schemas of files, the pages of keys and metrics, the AsyncAPI file, alert rules and dashboards, from what the code uses
	$(BIN)/python -m services.documents.shapes
	$(BIN)/python -m services.conformance.asyncapi
	$(BIN)/python -m services.monitor.files

PROSE   := README.md CHANGELOG.md CONTRIBUTING.md SECURITY.md .github docs
SOURCES := training services cli simulation bench udfs jobs schemas tests
# These hold the wrong words on purpose.
UNREAD  := tests/prose tests/local/test_wording.py

prose: $(READY)  ## spelling, long sentences and unclear words in the documentation, docstrings, comments and messages
	$(BIN)/codespell $(PROSE) campaigns $(SOURCES)
	$(BIN)/python -m tests.prose --code $(PROSE) $(SOURCES) --but $(UNREAD)

docs: $(READY)  ## the documentation as a site, in build/site; a broken link is an error
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict

bench: $(READY)  ## how fast on a heavy day, about 20 minutes: the engine, its flame graph, Kafka; writes docs/benchmarks.md (ONLY=engine,flame: parts of it)
	$(BIN)/python -m bench.run $(if $(ONLY),--only $(ONLY))

evidence-%: $(READY)  ## what the project claims, measured: evidence-main writes docs/evidence/main.json (ONLY=1,1b: some sections; SIZE=500: small, to try them)
	$(BIN)/python -m bench.evidence $* $(if $(ONLY),--only $(ONLY)) $(if $(SIZE),--size $(SIZE))

golden: $(READY)  ## keep a savepoint of a version that is about to be tagged, which every later one must restore: VERSION=0.2.0 (two minutes)
	$(BIN)/python -m tests.golden $(or $(VERSION),$(error say which version: make golden VERSION=0.2.0))

clean: ## stop what runs, then remove the environment and all local state
	@if [ -x $(BIN)/kairos ]; then $(BIN)/kairos down || true; fi
	rm -rf .venv $(SMALL) .kairos build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
