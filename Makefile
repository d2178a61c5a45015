# What a person or a machine does with this checkout. `make help` lists the targets.
PYTHON ?= python3
BIN := .venv/bin
# Options for `make lock`, for example LOCK_OPTIONS=--upgrade
LOCK_OPTIONS ?=
PYTEST_OPTIONS ?= -n 2 --dist worksteal

.DEFAULT_GOAL := help
.PHONY: help setup run test soak check lint types rules fmt lock wheel wheelhouse clean

help: ## List the targets
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' Makefile | expand -t 14

setup: ## Prepare .venv, front-end files and fonts; starts nothing
	@$(PYTHON) scripts/prepare.py

run: setup ## Serve http://127.0.0.1:8000 (web and scheduler, SQLite under var/)
	@exec $(BIN)/junheng serve

test: setup ## Run all tests on SQLite, PostgreSQL and in Chromium
	@$(BIN)/python scripts/test_needs.py
	$(BIN)/python -m pytest $(PYTEST_OPTIONS)

soak: setup ## Ten thousand random legal actions on each engine, every hostile word, many drawn examples (long)
	SOAK=1 RANDOM_ACTIONS=10000 $(BIN)/python -m pytest -n 2 -o faulthandler_timeout=0 \
		tests/services/test_random_actions.py tests/services/test_plan_imports_hostile.py tests/domain \
		tests/web/test_hostile_input.py tests/web/test_plan_edits.py

check: lint test ## Run every check, then all tests

# Reading all types takes one core as long as everything else takes another.
lint: setup ## Check formatting, types, imports, templates, dependencies and migrations
	@$(MAKE) --no-print-directory -j 2 $(if $(filter output-sync,$(.FEATURES)),--output-sync=target) types rules

types:
	$(BIN)/mypy

rules:
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(BIN)/djlint templates --lint --check --quiet
	$(BIN)/deptry app
	$(BIN)/python -m scripts.check_migrations
	$(BIN)/python -m scripts.plan_schema --check

fmt: setup ## Format code and templates
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .
	-$(BIN)/djlint templates --reformat --quiet

lock: setup ## Write the locks anew from pyproject.toml and package.json
	$(BIN)/python scripts/lock.py $(LOCK_OPTIONS)

printouts: setup ## Print a sample of every kind of document and the five plans' circulars into dist/printouts
	$(BIN)/python -m scripts.printouts

wheel: setup ## Build the wheel into dist/
	.tools/bin/uv build --wheel --quiet --no-build-isolation --python $(BIN)/python

wheelhouse: setup ## Collect in dist/wheelhouse all that `make setup` needs on a machine of this kind with no network
	$(PYTHON) scripts/wheelhouse.py

clean: ## Remove what the other targets made, but no data (var/ stays)
	rm -rf .venv .tools dist node_modules app/static/vendor app/static/fonts
	rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find app migrations scripts tests -name __pycache__ -type d -prune -exec rm -rf {} +
