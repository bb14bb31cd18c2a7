# Everything that people do with a checkout; each target sets up what it needs. `make` alone lists them.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.DEFAULT_GOAL := help
.PHONY: help env setup demo status ui service test test-all test-tiers coverage screenshots soak cluster-test simulate bench lint format docs docs-serve lock clean

# All processors, each with its own pytest; HLTV_TEST_WORKERS=1 for one.
PYTEST := $(BIN)/pytest --numprocesses $(or $(HLTV_TEST_WORKERS),logical) --dist loadgroup
TIERS := $(shell sed -n '/^markers/,/^]/s/^  "\([a-z0-9]*\):.*/\1/p' pyproject.toml)
space := $(subst ,, )
any_of = $(subst $(space), or ,$(strip $(1)))

help: ## list the targets and the tiers of the tests
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@printf '\nThe tiers of the tests, each run by `make test-TIER` or `pytest -m TIER`:\n'
	@sed -n '/^markers/,/^]/s/^  "\([a-z0-9]*\): \(.*\)",/\1|\2/p' pyproject.toml | awk -F '|' '{ printf "  %-10s %s\n", $$1, $$2 }'

$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "hltv_assets needs Python 3.11 or newer: make PYTHON=/path/to/python3.11"; exit 1; }
	@echo "Installing locked versions into $(VENV), once, about a minute ..."
	@$(PYTHON) -m venv $(VENV) || { echo "no venv module: on Debian, apt-get install python3-venv"; exit 1; }
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements.lock
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

env: $(READY)
	@$(BIN)/hltv-assets setup >/dev/null

setup: $(READY) ## .venv, .env and DAGSTER_HOME; DATA=data/hltv for data of your own
	@$(BIN)/hltv-assets setup $(if $(DATA),--data "$(DATA)")

demo: env ## run the chain on the bundled sample and show the tables
	@$(BIN)/hltv-assets demo

status: env ## what is in the warehouse, and what is pending
	@$(BIN)/hltv-assets status

ui: env ## Dagster's UI on http://127.0.0.1:3000
	@$(BIN)/dagster dev --host 127.0.0.1 --port $(or $(PORT),3000)

service: env ## webserver and daemon with everything switched on; PORT=3000
	@$(BIN)/hltv-assets service --port $(or $(PORT),3000)

test: $(READY) ## the fast tests, which prove every promise once; a few minutes
	$(PYTEST) -m "not ($(call any_of,$(filter-out fuzz,$(TIERS))))"

test-all: $(READY) ## all tests: the fast ones and every tier
	HLTV_TEST_EXAMPLES=all $(PYTEST)

test-tiers: $(READY) ## every tier, without the fast tests
	HLTV_TEST_EXAMPLES=all $(PYTEST) -m "$(call any_of,$(TIERS))"

test-%: $(READY)
	HLTV_TEST_EXAMPLES=all $(PYTEST) -m $*

coverage: $(READY) ## all tests, and which lines and branches they reach
	HLTV_TEST_EXAMPLES=all $(PYTEST) --cov --cov-report=term

screenshots: $(READY) ## the pictures of the UI in docs/images, by the tests that look at it (needs chromium)
	@mkdir -p docs/images
	@HLTV_TEST_SCREENSHOTS=docs/images $(BIN)/pytest --quiet hltv_assets_tests/browser

soak: $(READY) ## BATCHES=200 under the daemon: does anything grow, stay open or get stuck? takes half an hour
	$(BIN)/python -m tools.soak --batches $(or $(BATCHES),200)

cluster-test: $(READY) ## BATCHES=60 on code server, daemon and Celery workers that are killed in between (needs Postgres, Redis)
	$(BIN)/python -m tools.cluster_proof --batches $(or $(BATCHES),60)

simulate: $(READY) ## a cluster with 1, 2, 4 and 8 workers on invented pages: the figures of docs/scale.md (needs Postgres, Redis)
	@$(BIN)/python -m benchmarks.simulation

bench: $(READY) ## how fast it is, as ratios: build/bench.json and a table; a quarter of an hour, and nothing else to do
	@$(BIN)/python -m benchmarks $(ONLY)

lint: $(READY) ## ruff, mypy --strict, and who may import whom
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(READY) ## let ruff format the code
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

docs: $(READY) ## write tables and answers into docs/, and build the site in build/site
	@$(BIN)/python -W ignore -m tools.docs.writing
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --quiet --strict --clean

docs-serve: $(READY) ## the site on http://127.0.0.1:8000, anew when a page changes
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs serve --dev-addr 127.0.0.1:$(or $(PORT),8000)

lock: ## renew requirements.lock, and those of the images: for one machine, for many, and to build a wheel (needs uv)
	uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 \
		--no-emit-index-url --generate-hashes --no-header --quiet --output-file requirements.lock
	uv pip compile pyproject.toml --constraint requirements.lock --universal --python-version 3.11 --no-annotate \
		--no-emit-index-url --generate-hashes --no-header --quiet --output-file requirements.run.lock
	uv pip compile pyproject.toml --extra cluster --constraint requirements.lock --universal --python-version 3.11 \
		--no-annotate --no-emit-index-url --generate-hashes --no-header --quiet --output-file requirements.cluster.lock
	echo hatchling | uv pip compile - --constraint requirements.lock --universal --python-version 3.11 --no-annotate \
		--no-emit-index-url --generate-hashes --no-header --quiet --output-file requirements.build.lock

clean: ## remove what setup made, but no data
	rm -rf $(VENV) .env build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis .coverage*
