# Thin: each target calls one command that a person could type.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: setup demo test serve lint bench
setup: .venv/.ready

.venv/.ready: pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[collector,forensics,dev]'
	touch $@

demo: setup
	$(BIN)/python -m sensor.cli.main demo

test: setup lint
	$(BIN)/pytest --numprocesses auto

serve: setup
	$(BIN)/python -m sensor.cli.main demo --serve

lint: setup
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/yamllint --strict signatures configs
	$(BIN)/minewatch signatures lint

bench: setup
	$(BIN)/python bench/throughput.py
