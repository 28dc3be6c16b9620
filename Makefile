.DEFAULT_GOAL := help
PYTHON ?= python3
BIN := .venv/bin
UV = $(shell command -v uv || echo $(BIN)/uv)
INSTALL = $(UV) pip install --quiet --python $(BIN)/python

help: ## Show this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 12

setup: .venv/.runtime ## Make the environment; the command is .venv/bin/hectograph

demo: .venv/.runtime ## Share a document with a sample class, and see it arrive
	@$(BIN)/hectograph demo

demo-drive: .venv/.dev ## The same on a Google Drive that fails now and then, emulated
	@$(BIN)/python scripts/demo_drive.py

serve: .venv/.runtime ## Show the pages for teachers, at http://localhost:8000/
	@$(BIN)/hectograph serve

test: .venv/.dev ## All tests: the quick ones and those in a browser, then those that kill processes
	@mkdir -p build
	$(BIN)/python -m pytest -q -m "browser and not soak" > build/browser.log 2>&1 & seen=$$!; \
	$(BIN)/python -m pytest -q -m "not chaos and not soak and not browser"; quick=$$?; \
	wait $$seen; seen=$$?; tail -n 60 build/browser.log; exit $$((quick + seen))
	$(BIN)/python -m pytest -q -m "chaos and not soak"

fast: .venv/.dev ## The tests without chaos, emulators and browser, about a minute
	$(BIN)/python -m pytest -q -m "not chaos and not soak and not emulated and not browser"

mutants: .venv/.dev ## Break the rule of clean-ups in every small way; its tests must notice
	$(BIN)/python scripts/mutate_rule.py

check: lint types imports migrations messages-check docs ## All that CI checks besides the tests

lint: .venv/.dev ## ruff
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: .venv/.dev ## mypy, strict
	$(BIN)/mypy

imports: .venv/.dev ## The layers and the other import contracts
	$(BIN)/lint-imports

migrations: .venv/.dev ## The tables and their migrations agree
	$(BIN)/python scripts/check_migrations.py

messages: .venv/.dev ## Gather what people read; bring the catalogues up to date
	$(BIN)/python scripts/write_messages.py

messages-check: .venv/.dev ## Everything is translated, and compiled
	$(BIN)/python scripts/write_messages.py --check

docs: .venv/.dev ## Build the documentation; warnings are errors
	$(BIN)/python scripts/draw_states.py --check
	$(BIN)/python scripts/write_drive_answers.py --check
	$(BIN)/sphinx-build -q -W --keep-going -b html docs docs/_build/html

bench: .venv/.dev ## Measure against peers; writes docs/reference/benchmarks.md
	$(BIN)/python -m benchmarks

bench-drive: .venv/.bench ## The same on a Drive emulator; writes docs/reference/benchmarks-drive.md
	$(BIN)/python -m benchmarks.drive

bench-litter: .venv/.dev ## An older tool's litter in a district; writes docs/reference/benchmarks-litter.md
	$(BIN)/python -m benchmarks.litter

bench-in-time: .venv/.dev ## School hours on virtual time; writes docs/reference/benchmarks-in-time.md
	$(BIN)/python -m benchmarks.in_time

bench-pages: .venv/.dev ## A full school on its pages, and 200 who watch; writes docs/reference/benchmarks-pages.md
	$(BIN)/python -m benchmarks.pages

soak: .venv/.dev ## Long random runs with kills and editing students
	$(BIN)/python -m pytest -q -m soak

picture: .venv/.dev ## Draw the README's picture from a real run of the demo
	$(BIN)/python scripts/draw_demo.py

lock: ## Write requirements/*.txt anew from pyproject.toml
	$(UV) pip compile --quiet --universal --generate-hashes --no-header --no-annotate --no-emit-index-url --group build pyproject.toml -o requirements/runtime.txt
	$(UV) pip compile --quiet --universal --generate-hashes --no-header --no-annotate --no-emit-index-url --group build --group dev --group oracles --group docs pyproject.toml -o requirements/dev.txt
	$(UV) pip compile --quiet --universal --generate-hashes --no-header --no-annotate --no-emit-index-url --group build --group dev --group oracles --group bench pyproject.toml -o requirements/bench.txt
	echo uv | $(UV) pip compile --quiet --universal --generate-hashes --no-header --no-annotate --no-emit-index-url - -o requirements/uv.txt

clean: ## Remove the environment and what was built
	rm -rf .venv docs/_build .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

.venv/.made: requirements/uv.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Python 3.11 or newer is needed; name one with: make PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -m venv .venv \
	  || { echo "This Python lacks venv; on Debian: apt-get install python3-venv"; exit 1; }
	@command -v uv >/dev/null || $(BIN)/python -m pip --quiet --disable-pip-version-check install --require-hashes -r requirements/uv.txt
	@touch $@

.venv/.runtime: .venv/.made requirements/runtime.txt pyproject.toml
	@echo "Setting up; this takes some seconds, once."
	@$(INSTALL) --require-hashes -r requirements/runtime.txt
	@$(INSTALL) --no-deps --no-build-isolation --editable .
	@touch $@

.venv/.dev: .venv/.runtime requirements/dev.txt
	@$(INSTALL) --require-hashes -r requirements/dev.txt
	@touch $@

.venv/.bench: .venv/.dev requirements/bench.txt
	@$(INSTALL) --require-hashes -r requirements/bench.txt
	@touch $@

.PHONY: help setup demo demo-drive serve test fast mutants check lint types imports migrations messages messages-check docs bench bench-drive bench-litter bench-in-time soak picture lock clean
