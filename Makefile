# The verbs. `make` alone lists them.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
PINS := requirements/dev.txt requirements/build.txt
SOURCES := src tests demo benchmarks scripts
PRESENT := $(wildcard $(SOURCES))
# More than processors: tests with real daemons mostly wait for them.
WORKERS ?= 4

.PHONY: help install system check clients console test long lab demo bench docs build pins clean

help: ## List the verbs
	@grep -hE '^[a-z]+:.*## ' Makefile | sed -E 's/:.*## /\t/' | expand -t 10

install: $(STAMP) ## Make the environment of pinned versions

$(STAMP): $(PINS) pyproject.toml
	@scripts/make-venv.sh $(VENV)
	$(BIN)/python -m pip install -q --require-hashes -r requirements/build.txt
	$(BIN)/python -m pip install -q --require-hashes -r requirements/dev.txt
	$(BIN)/python -m pip install -q --no-deps --no-build-isolation -e .
	@touch $@

system: ## Install strongSwan, BIRD and tools (Debian, root)
	@scripts/install-system-packages.sh

check: install ## Format, lint, types, layers, spelling
	$(BIN)/ruff check $(PRESENT)
	$(BIN)/ruff format --check $(PRESENT)
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/codespell

clients: ## Install the vendor's clients for Node, if Node is there
	@if command -v npm >/dev/null; then npm ci --prefix tests/compat/node --ignore-scripts --no-audit --no-fund --silent; fi

PAGE := src/futago/api/static/index.html
CONSOLE_SOURCES := $(shell find console/src console/public -type f ! -name schema.d.ts 2>/dev/null) \
  console/index.html console/package.json console/package-lock.json console/vite.config.ts \
  console/tsconfig.json docs/reference/openapi.json

console: $(PAGE) ## Check, test and build the web console (Node.js 18 or later)

console/node_modules/.package-lock.json: console/package-lock.json
	@command -v npm >/dev/null || { echo "npm is missing; run 'sudo make system'" >&2; exit 1; }
	npm ci --prefix console --no-audit --no-fund --silent
	@touch $@

$(PAGE): console/node_modules/.package-lock.json $(CONSOLE_SOURCES)
	npm run --prefix console --silent types
	npm run --prefix console --silent check
	npm test --prefix console --silent
	npm run --prefix console --silent build
	@touch $@

test: system check clients console ## All checks and all tests
	$(BIN)/python -m pytest -q -n $(WORKERS) --dist worksteal

long: system install ## The tests that take minutes: soaks and large samples
	$(BIN)/python -m pytest -q -n $(WORKERS) --dist worksteal -m long

lab: system install console ## Internet, data center and VPC in namespaces, with Futago beside them
	$(BIN)/futago lab up

demo: system install ## The story from an empty lab to failover (KEEP=1 leaves it, JSON=1 for machines)
	$(BIN)/python -m demo.story $(if $(KEEP),--keep) $(if $(JSON),--json)

bench: system install ## Benchmarks (ONLY=name for one)
	$(BIN)/python benchmarks/run.py $(if $(ONLY),--only $(ONLY))

docs: install ## Write the generated pages, check the links
	$(BIN)/python scripts/write_reference.py
	$(BIN)/python scripts/write_failover.py
	$(BIN)/python scripts/check_links.py

build: install console ## Wheel and source archive in dist/
	rm -rf dist
	$(BIN)/python -m pip wheel -q --no-deps --no-build-isolation -w dist .
	$(BIN)/python -m hatchling build -t sdist -d dist

pins: install ## Pin all versions with hashes anew
	scripts/pin.sh

clean: ## Remove environment, caches and archives
	rm -rf $(VENV) dist build src/futago/api/static console/node_modules .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage
