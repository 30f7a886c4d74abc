# What there is to do here. Each target does its own set-up; `make help` lists them.
PYTHON ?= python3
BIN := .venv/bin
RUN := $(BIN)/python
DATA ?= .data
SEED ?=
IMAGES := submissions review search notifications syndication web trial

.DEFAULT_GOAL := help
.PHONY: help demo up journey-compose journey-cluster reset test screenshots check docs format lock bench bench-search faults faults-webhooks restore-proof audit clean

help:  ## List what there is to do
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

demo: .venv/.run  ## Start everything, play the main job (ONCE=1: and stop; SPLIT=1: one process each; PORT=9000: from that port on)
	@$(RUN) -m local demo --data $(DATA) $(if $(ONCE),--once) $(if $(SPLIT),--split) $(if $(PORT),--first-port $(PORT))

up: .venv/.run .env  ## Start it with Docker Compose, behind a proxy with TLS (docs/operations/README.md)
	@$(RUN) -m deploy secrets
	docker compose up -d --build

journey-compose: .venv/.dev  ## Build and start it with Docker Compose, play the main job on it, stop; writes docs/reports/journey-compose.md
	$(RUN) -m tests.compose

journey-cluster: .venv/.dev  ## The same on a cluster, while every container of it is restarted; writes docs/reports/journey-cluster.md
	$(RUN) -m tests.compose --cluster

.env:
	cp .env.example .env

reset: .venv/.run  ## Forget the demo's data
	@$(RUN) -m local reset --data $(DATA)

test: .venv/.dev .venv/.browser  ## Run the tests (ARGS="-k name" chooses)
	$(RUN) -m pytest -q -n auto --maxprocesses 4 --dist loadfile $(ARGS)

screenshots: .venv/.dev .venv/.browser  ## Take pictures of every page (TO=folder; .data/screenshots)
	$(RUN) -m tests.web.screenshots $(or $(TO),.data/screenshots) $(ARGS)

check: .venv/.dev  ## Style, types, walls between the rooms, generated files, lock
	$(BIN)/ruff check --quiet .
	$(BIN)/ruff format --check --quiet .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(RUN) -m shared.events check
	$(RUN) -m shared.contribution.docs --check
	$(RUN) -m services.openapi check
	$(RUN) -m services.web.catalogues check
	@! grep -nE 'https?://|--(extra-)?index|--find-links' requirements/*.txt requirements/services/*.txt || { echo 'the lock names an index'; exit 1; }

docs: .venv/.dev  ## Write the generated pages in docs/ (BREAKING=1: also an HTTP contract that breaks clients)
	$(RUN) -m shared.events write
	$(RUN) -m shared.contribution.docs
	$(RUN) -m services.openapi write $(if $(BREAKING),--breaking)
	$(RUN) -m services.syndication.docs.examples

format: .venv/.dev  ## Put every file into the project's form
	$(BIN)/ruff check --quiet --fix .
	$(BIN)/ruff format --quiet .

lock: .venv/.dev  ## Resolve the dependencies anew and pin them with hashes (needs uv)
	uv pip compile pyproject.toml --extra all --universal --python-version 3.11 --generate-hashes --no-header --quiet -o requirements/run.txt
	uv pip compile pyproject.toml --extra all --group dev --universal --python-version 3.11 --generate-hashes --no-header --quiet -c requirements/run.txt -o requirements/dev.txt
	for service in $(IMAGES); do \
	  uv pip compile pyproject.toml --extra $$service --extra tracing --universal --python-version 3.11 --generate-hashes --no-header --quiet -c requirements/run.txt -o requirements/services/$$service.txt || exit 1; \
	done
	uv pip compile --group audit --universal --python-version 3.11 --generate-hashes --no-header --quiet -o requirements/audit.txt

bench-search: .venv/.dev  ## Measure search beside SQLite and MongoDB, and write docs/search.md (ARGS="--documents 10000")
	$(RUN) -m tests.bench.search $(ARGS)

bench: .venv/.dev  ## Measure, and write docs/benchmarks.md
	$(RUN) -m tests.bench $(ARGS)

faults: .venv/.dev  ## Let processes, networks, disks, clocks, database and bus fail under load; nothing is lost or doubled, all is well again in 30 s (SEED=n repeats a run, ARGS=--list shows the faults)
	$(RUN) -m tests.faults $(if $(SEED),--seed $(SEED)) $(ARGS)

faults-webhooks: .venv/.dev  ## Kill the deliverer of webhooks for two minutes: each event arrives, in order where asked (SEED=n repeats a run; ARGS=--hearer kills who hears the events too)
	$(RUN) -m tests.faults.webhooks $(if $(SEED),--seed $(SEED)) $(ARGS)

restore-proof: .venv/.dev  ## Back up under load, restore into empty servers, prove that all is there; writes docs/reports/restore-proof.md
	$(RUN) -m tests.faults.restore $(ARGS)

# pip-audit ends well when it could ask about nothing, so what it says is looked at.
audit: .venv-audit/.ok  ## Ask for known weaknesses of every locked package (ARGS="-s osv" asks osv.dev instead of pypi.org)
	@for lock in requirements/run.txt requirements/dev.txt; do \
	  .venv-audit/bin/pip-audit --require-hashes --disable-pip --progress-spinner off --timeout 10 -r $$lock $(ARGS) >.venv-audit/told 2>&1; code=$$?; \
	  missed=$$(grep -c 'could not be audited' .venv-audit/told); \
	  if grep -q '^Found [0-9]* known' .venv-audit/told; then cat .venv-audit/told; exit 1; \
	  elif [ $$missed -gt 0 ]; then echo "$$lock: NOT AUDITED, nothing is told about $$missed packages: the data on weaknesses cannot be reached from here"; exit 3; \
	  elif [ $$code -ne 0 ]; then echo "$$lock: NOT AUDITED: $$(tail -n 1 .venv-audit/told | cut -c1-160)"; exit 3; \
	  else echo "$$lock: no known weakness"; fi; \
	done

.venv-audit/.ok: .venv/bin/python requirements/audit.txt
	@$(PYTHON) -m venv .venv-audit
	@.venv-audit/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/audit.txt
	@touch $@

clean: reset  ## Forget the demo's data and the environment
	rm -rf .venv .venv-audit

# One environment; the development packages include those that the demo needs.
.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo 'Python 3.11 or newer is needed; PYTHON=/path/to/python3.11 make ... chooses one'; exit 2; }
	@if command -v uv >/dev/null 2>&1; then uv venv --quiet --python "$$(command -v $(PYTHON))" .venv; \
	else $(PYTHON) -m venv .venv || { echo 'the venv module is needed (Debian: apt-get install python3-venv)'; exit 2; }; fi

install = @echo 'Installing packages from $(1) (once; a minute or two)'; \
	if command -v uv >/dev/null 2>&1; then VIRTUAL_ENV=.venv uv pip install --quiet --require-hashes -r $(1); \
	else $(RUN) -m pip install --quiet --disable-pip-version-check --require-hashes -r $(1); fi

.venv/.run: .venv/bin/python requirements/run.txt
	$(call install,requirements/run.txt)
	@touch $@

.venv/.dev: .venv/bin/python requirements/dev.txt
	$(call install,requirements/dev.txt)
	@touch .venv/.run $@

.venv/.browser: .venv/.dev tests/web/browser.py
	@$(RUN) -m tests.web.browser
	@touch $@
