# The targets are the documentation: `make` lists them.
.DEFAULT_GOAL := help
PYTHON ?= python3
BIN := .venv/bin

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' Makefile

up: .venv/installed ## bring the dev stack up: a cluster, the databases, the application
	@$(BIN)/python local/dev.py up

down: .venv/installed ## remove it with its data, after asking (KEEP=1 only stops it)
	@$(BIN)/python local/dev.py down

status: .venv/installed ## how the dev stack is
	@. .ladder/env && ladder status

plan: .venv/installed ## what the dev stack consists of
	@$(BIN)/ladder plan --stack dev

test: .venv/installed ## every tier of tests that this machine can run; names the others
	@$(BIN)/python tests/tiers.py

check: .venv/installed ## format, lint, types, and no script goes around protection
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/pyright --pythonpath $(BIN)/python
	git grep -lE '^#!.*bash|shellcheck shell' -- ':!*.py' ':!*.md' ':!Makefile' | xargs $(BIN)/shellcheck
	$(BIN)/ladder ci check
	$(BIN)/ladder policy

fmt: .venv/installed ## format what `check` checks
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: .venv/installed ## measure, as ratios
	@$(BIN)/python -m bench

.venv/installed: requirements.txt requirements-dev.txt policy/requirements.txt pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --editable .
	@touch $@

.PHONY: help up down status plan test check fmt bench
