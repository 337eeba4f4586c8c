# Two commands for a newcomer: `make demo` and `make test`. Each sets up all it needs, in .venv.
VENV := .venv
BIN := $(VENV)/bin
PEERS := .venv-peers
PYTHON ?= $(shell command -v python3.11 || command -v python3.12 || command -v python3)
DATA ?= ../shared/data
PACKAGES := zoo_formaat zoo_sdc zoo_analyse zoo_project zoo_stad pseudonimisering outputcontrole

.PHONY: demo demo-echt test lint bench docs release-checks clean

# A second run finds this file newer than what it depends on, and starts at once.
$(VENV)/.installed: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 13))' \
		|| { echo "Python 3.11 of 3.12 is nodig; geef hem op met: make PYTHON=/pad/naar/python3.11"; exit 2; }
	@echo "Installeren in $(VENV) (eenmalig, ongeveer twee minuten) ..."
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

demo: $(VENV)/.installed
	@$(BIN)/zoo-stad demo --uit demo

demo-echt: $(VENV)/.installed
	@$(BIN)/zoo-stad demo-echt --data $(DATA) --uit demo-echt

test: $(VENV)/.installed
	@$(BIN)/python -m pytest

lint: $(VENV)/.installed
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/python docs/build.py --check

# The tools that ours are measured beside, never in our own environment.
$(PEERS)/.installed: benchmarks/peers.txt
	@$(PYTHON) -m venv $(PEERS)
	@$(PEERS)/bin/python -m pip install --quiet --disable-pip-version-check -r benchmarks/peers.txt
	@touch $@

bench: $(VENV)/.installed $(PEERS)/.installed
	@$(BIN)/python benchmarks/run.py

docs: $(VENV)/.installed
	@$(BIN)/python docs/build.py

# The full budgets: slow tests, then every benchmark, written to benchmarks/RESULTS.md.
release-checks: $(VENV)/.installed $(PEERS)/.installed
	@ZOO_FULL=1 $(BIN)/python -m pytest -m "slow or not slow"
	@$(BIN)/python benchmarks/run.py --write

clean:
	rm -rf demo demo-echt $(VENV) $(PEERS)
