# `make help` lists the commands; each is a line or two that a person can read.
PYTHON ?= python3
LOCK = .venv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header
PYTEST = .venv/bin/python -m pytest
WORKERS ?= 2

.PHONY: help up test test-long check bench lock code-map schema release-schema install install-dev

help: ## list the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-15s %s\n", $$1, $$2 }' Makefile

up: install ## start everything with demonstration data; Ctrl-C stops all of it
	@exec .venv/bin/sacbe up --with-parent

test: install-dev ## run the tests
	@$(PYTEST) -m "not long" -n $(WORKERS) --dist loadfile

test-long: install-dev ## run the tests that take longer
	@$(PYTEST) -m long

check: install-dev ## format, lint, types, import floors
	@.venv/bin/ruff format --check .
	@.venv/bin/ruff check .
	@.venv/bin/mypy
	@MYPYPATH=scripts .venv/bin/mypy scripts
	@.venv/bin/lint-imports
	@$(PYTEST) tests/house

bench: install-dev ## measure against the naive ways, as ratios
	@.venv/bin/sacbe bench

lock: install-dev ## renew the three lock files from pyproject.toml
	$(LOCK) --group build pyproject.toml -o requirements.lock
	$(LOCK) --group build --group dev pyproject.toml -c requirements.lock -o requirements-dev.lock
	.venv/bin/python scripts/demo_packages.py | $(LOCK) --no-annotate - -c requirements.lock -o requirements-demo.lock

code-map: ## write the listing of docs/code-map.md from the code
	@$(PYTHON) scripts/code_map.py

schema: install-dev ## write graphql/schema.graphql from the code
	@.venv/bin/python -m sacbe_graphql.schema > graphql/schema.graphql.new
	@mv graphql/schema.graphql.new graphql/schema.graphql

release-schema: schema ## make today's schema the release's, with which later ones are compared
	@cp graphql/schema.graphql graphql/sacbe_graphql/released.graphql

install:
	@$(PYTHON) scripts/install.py

install-dev:
	@$(PYTHON) scripts/install.py --dev
