# Everything happens in .venv. A stamp there says what is installed, and for which requirements;
# the package is installed in place, so that a change of its sources needs no new install: but for
# what is compiled.

PYTHON ?= python3
BIN := .venv/bin
NEEDS := pyproject.toml constraints.txt paxos_des/engine/_fast.pyx

.DEFAULT_GOAL := help
.PHONY: help demo test suite lint deep study notebook nightly bench clean

help:  ## list the targets
	@sed -n 's/^\([a-z]*\):.*  ## /  make \1\t/p' Makefile

demo: .venv/core.stamp  ## run the 2009 scenario once
	@echo "demo: running the 2009 scenario"
	@$(BIN)/paxos-des run 2009

test: .venv/dev.stamp  ## lint, check the types and the layers, and test, side by side
	@$(MAKE) --no-print-directory --jobs 2 lint suite

suite: .venv/dev.stamp
	@echo "test: pytest, on two cores"
	@env -u PYTHONDONTWRITEBYTECODE $(BIN)/python -m pytest -q -n 2 --dist worksteal

lint: .venv/dev.stamp  ## what `test` does beside the tests
	@echo "lint: ruff check"
	@$(BIN)/ruff check
	@echo "lint: ruff format --check"
	@$(BIN)/ruff format --check
	@echo "lint: mypy --strict"
	@$(BIN)/mypy
	@echo "lint: the layers"
	@$(BIN)/lint-imports

deep: .venv/dev.stamp  ## the tests that take minutes
	@echo "deep: pytest -m deep, on two cores"
	@$(BIN)/python -m pytest -q -m deep -n 2

study: .venv/study.stamp  ## install what sweeps and figures need
	@echo "study: $(BIN)/paxos-des sweep experiments/drop-and-delay/plan.toml --out mine --quick --plot"

notebook: .venv/notebooks.stamp  ## run all notebooks, and make pages of them
	@mkdir -p .cache/notebooks
	@$(BIN)/jupyter nbconvert --log-level WARN --to html --execute \
	  --output-dir .cache/notebooks notebooks/*.ipynb
	@echo "notebook: open .cache/notebooks/a-first-tour.html, or another beside it"

nightly: .venv/core.stamp  ## hunt through millions of schedules, for hours; goes on where it was stopped
	@$(BIN)/paxos-des hunt duel --seeds 0:2000000 --jobs 2 --out .cache/nightly/duel
	@$(BIN)/paxos-des hunt lossy --seeds 0:200000 --strategy weather --jobs 2 --out .cache/nightly/lossy

bench: .venv/core.stamp  ## how fast it is, beside bare SimPy: a table, in some minutes
	@$(BIN)/python -m experiments.bench.run

clean:  ## remove the environment, all caches, and what was compiled
	@echo "clean: removing .venv, caches and what was compiled"
	@rm -rf .venv .cache .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
	@rm -rf build dist *.egg-info paxos_des/engine/_fast.c
	@find paxos_des -name '*.so' -delete -o -name '*.pyd' -delete
	@find paxos_des tests -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/made.stamp:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "setup: found $$($(PYTHON) --version 2>&1); needed is Python 3.11 or newer: set PYTHON=…"; \
	  exit 1; }
	@echo "setup: making .venv"
	@$(PYTHON) -m venv .venv
	@touch $@

.venv/core.stamp: .venv/made.stamp $(NEEDS)
	@echo "setup: installing the package and what it needs"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e .
	@touch $@

.venv/dev.stamp: .venv/made.stamp $(NEEDS)
	@echo "setup: installing the package and the tools of its developers"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $@ .venv/core.stamp .venv/study.stamp

.venv/study.stamp: .venv/made.stamp $(NEEDS)
	@echo "setup: installing the package and what sweeps and figures need"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[study]'
	@touch $@ .venv/core.stamp

.venv/notebooks.stamp: .venv/made.stamp $(NEEDS)
	@echo "setup: installing the package and what runs notebooks"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt \
	  -e '.[notebooks,study]'
	@touch $@ .venv/core.stamp
