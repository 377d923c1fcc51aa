# `make` lists what there is. Everything sets up what it needs first; nothing but python3 (3.11 or
# newer) and the package registries is taken for granted.

VENV := .venv
BIN := $(VENV)/bin
PYTEST := $(BIN)/python -m pytest
# Where no bench depends on it, a warning is an error.
STRICT := $(PYTEST) -W error
# Selftests spend their time in processes of their own, and much of it waiting, so four at a time on
# two processors; one that hangs is a failure, not a night without an answer.
SELFTEST := $(STRICT) --timeout 400 -n 4 --dist worksteal
# Hundreds of those processes start; not one of them shall compile all of hil again.
export PYTHONDONTWRITEBYTECODE :=
WHEN := $(shell date -u +%Y-%m-%dT%H%M%SZ)

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help setup node check selftest suite paced test nightly bench defects long benchmarks aborts clean

help:  ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(VENV)/.installed  ## create .venv and install what pyproject.toml asks for

$(VENV)/.installed: pyproject.toml
	@set -eu; \
	if ! test -x $(BIN)/python; then \
	  for python in python3 python3.14 python3.13 python3.12 python3.11; do \
	    if $$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; \
	    then break; else python=; fi; \
	  done; \
	  test -n "$$python" || { echo "make setup: no Python 3.11 or newer on PATH" >&2; exit 1; }; \
	  $$python -m venv $(VENV); \
	fi
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[dev]'
	@touch $@

node: setup  # for the report: what is on PATH, else a wheel that carries Node
	@$(BIN)/python -c 'from hil.cli.node import find_node; find_node()' 2>/dev/null \
	  || $(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[node]'

check: setup  ## format, lint, types, import contracts: seconds
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy
	$(BIN)/lint-imports

selftest: setup  ## test hil itself: no hardware
	$(SELFTEST) selftest --ignore selftest/nights --ignore selftest/defects --ignore selftest/long

suite: setup  ## the whole suite on two simulated rigs at once, in virtual time
	$(STRICT) -n 2 --dist worksteal

paced: setup  ## the suite where time really passes, and nights that must be alike
	$(SELFTEST) selftest/nights

test: setup  ## everything CI runs: that, and all tests of hil but the long ones
	# At once: where one part waits another works. The whole suite is one of them, on a simulated
	# bench that it did not start.
	@$(MAKE) --no-print-directory check >$(VENV)/check.log 2>&1 & checks=$$!; status=0; \
	$(SELFTEST) selftest --ignore selftest/long -m 'not more_of_the_same' || status=$$?; \
	wait $$checks || { status=1; echo "make check failed:"; }; \
	cat $(VENV)/check.log; exit $$status

nightly: RIG := sim-split-phase
nightly: node  ## run the whole suite on the simulated rig, build the report, say where it is
	@$(call run_and_report,$(RIG))

bench: node  ## the same on a real bench: make bench RIG=bench-07
	@test -n "$(RIG)" || { echo "make bench: which one? make bench RIG=bench-07" >&2; exit 1; }
	@$(call run_and_report,$(RIG))

# The report is built whatever the tests said; how they ended is how make ends.
define run_and_report
	run=runs/$(WHEN)-$(basename $(notdir $(1))); status=0; \
	$(PYTEST) --rig $(1) --run-dir $$run --junitxml $$run/junit.xml || status=$$?; \
	$(BIN)/hil report $$run || { test $$status -ne 0 || status=1; }; \
	exit $$status
endef

defects: setup  ## each deliberate firmware bug against its own tests: killed, survived or wrong test
	$(SELFTEST) selftest/defects

long: setup  ## hours: each defect against the whole suite, every way to a console, many seeds and orders
	$(SELFTEST) selftest/long

benchmarks: setup  ## measure the consoles beside others, write docs/figures.md: half an hour
	$(BIN)/python -m benchmarks --write docs/figures.md

aborts: setup  ## end runs in every way there is, write docs/aborts.md: a minute
	$(BIN)/python -m selftest.keeper.abort_figures

clean:  ## remove what was built and the runs; keep .venv
	rm -rf runs build report/node_modules .pytest_cache .mypy_cache .ruff_cache .import_linter_cache
	find . -name __pycache__ -type d -not -path './$(VENV)/*' -prune -exec rm -rf {} +
