# Echelon: each target sets up what it needs, once, in .venv; nothing after that uses the network.

VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
READY_DEV := $(VENV)/.ready-dev
FIND := for p in python3 python3.14 python3.13 python3.12 python3.11 python; do \
	"$$p" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && echo "$$p" && break; done
PYTHON ?= $(shell $(FIND))
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-input

.DEFAULT_GOAL := help
.PHONY: help demo test bench load lint clean

help:
	@echo "make demo    simulate the worked example and write its report"
	@echo "make test    run the tests"
	@echo "make bench   measure the speed; writes docs/benchmarks.md"
	@echo "make load    load the inspection room; writes docs/readiness-load.md"
	@echo "make lint    check style, format and types"
	@echo "make clean   remove .venv, caches and demo runs"

demo: $(READY)
	@$(BIN)/python -m echelon demo

test: $(READY_DEV)
	@$(BIN)/python -m pytest --numprocesses auto --maxprocesses 4 --dist loadfile

bench: $(READY_DEV)
	@$(BIN)/python -m benchmarks

load: $(READY_DEV)
	@$(BIN)/python -m benchmarks.readiness_load

lint: $(READY_DEV)
	$(BIN)/python -m ruff check --no-cache
	$(BIN)/python -m ruff format --check
	$(BIN)/python -m mypy

clean:
	rm -rf $(VENV) build dist src/*.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis runs/demo-*
	find src tests benchmarks -name __pycache__ -type d -prune -exec rm -rf {} +

$(READY): requirements.lock pyproject.toml
	@test -n "$(PYTHON)" || { \
		echo "Echelon needs Python 3.11 or newer, and none was found ($$(python3 --version 2>&1))."; \
		echo "Install one, or say where it is: make demo PYTHON=/path/to/python3"; exit 1; }
	@echo "Setting up $(VENV) with $$($(PYTHON) --version): once, about a minute."
	@$(PYTHON) -m venv $(VENV)
	@$(PIP) --no-deps --requirement requirements.lock
	@$(PIP) --no-deps --no-build-isolation --editable .
	@echo "Compiling the rules: once, and again when they change."
	@$(BIN)/python -m echelon doctor --compile > /dev/null
	@touch $@

$(READY_DEV): $(READY) requirements-dev.lock
	@echo "Adding what tests and checks need."
	@$(PIP) --no-deps --requirement requirements-dev.lock
	@touch $@
