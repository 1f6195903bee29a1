# fxrobot: `make demo` and `make test` need nothing done before; both set up .venv themselves.
# The interpreter is looked for when a recipe runs, so that `make help` works without one.

SHELL := /bin/sh
.DEFAULT_GOAL := help

ARGS ?=
# One worker more than there are cores mostly: many tests wait for processes and leave theirs idle.
PYTEST_ARGS ?= -n 3 --dist worksteal
SOAK_SECONDS ?= 900
export FIX
# Tests and demo start hundreds of processes: without bytecode each compiles all that it imports.
unexport PYTHONDONTWRITEBYTECODE

BIN := .venv/bin
SHIPPED := $(patsubst %/__init__.py,%,$(wildcard $(addsuffix /__init__.py,robot strategies connectors backtest)))
CHECKED := $(SHIPPED) $(wildcard .ci/*.py tests benchmarks)

define FIND_PYTHON
for name in $(PYTHON) python3.13 python3.12 python3.11 python3; do \
	if "$$name" -c 'import sys; sys.exit(not sys.version_info >= (3, 11))' >/dev/null 2>&1; then \
		found=$$name; break; fi; done; \
if [ -z "$$found" ]; then \
	echo "fxrobot needs Python 3.11 or newer, and none was found$$(python3 -V 2>/dev/null | sed 's/^/ (python3 here is /; s/$$/)/')."; \
	echo "run: apt-get install -y python3 python3-venv"; \
	echo "     (as root; Debian 12, Ubuntu 24.04 or newer. On Ubuntu 22.04: python3.11 python3.11-venv)"; \
	exit 3; fi
endef

.PHONY: help setup demo research test check lint soak format clean lock

help: ## list the targets
	@echo "fxrobot: two commands, nothing to install first"
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1\t\2/p' $(firstword $(MAKEFILE_LIST)) | expand -t 18
	@echo
	@echo '  make demo ARGS="--deals 22 --headless"   options of the demo'
	@echo '  make research ARGS="--no-browser"        options of jupyter lab'
	@echo '  make test PYTEST_ARGS="-k limits"        options of pytest'
	@echo '  make demo FIX=tls                        prebuilt QuickFIX (unofficial, with TLS); FIX=official goes back'

setup: ## make or refresh .venv and nothing else
	@$(FIND_PYTHON); exec "$$found" .ci/bootstrap.py

demo: setup ## robot, venue simulator and middle office on this machine
	@exec $(BIN)/fxrobot demo $(ARGS)

research: setup ## JupyterLab with vectorbt and the example notebooks, in an environment of its own
	@$(BIN)/python .ci/research.py
	@exec build/research/bin/jupyter lab --notebook-dir docs/notebooks $(ARGS)

test: setup ## every check of the project: lint, types, import contracts, tests
	@$(MAKE) --no-print-directory run-lint
	@$(BIN)/python tests/wire/second_engine/install.py || test "$$CI" != true
	@$(BIN)/python .ci/research.py || test "$$CI" != true
	@$(BIN)/python -m pytest $(PYTEST_ARGS)

check: test ## test, then 2,000 simulated days and 20 times as many examples of every property
	@$(BIN)/python -m tests.simulation --seeds 1-2000
	@EXAMPLES_TIMES=20 $(BIN)/python -m pytest -q --timeout 3600 tests/properties tests/fuzz tests/contract

lint: setup ## the checks of test without the tests
	@$(MAKE) --no-print-directory run-lint

.PHONY: run-lint run-types run-rules
run-lint:
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(MAKE) --no-print-directory -j 2 --output-sync=target run-types run-rules

run-types:
	@$(BIN)/mypy $(SHIPPED)

run-rules:
	@PYTHONPATH=. $(BIN)/lint-imports --no-cache
	@$(BIN)/python .ci/tidy.py

soak: setup ## for long: a million dialogues of games, 20,000 simulated days, 300 kills of real processes
	@$(BIN)/python -m tests.fuzz.dialogues --dialogues 1000000 --seed $$(date +%s)
	@$(BIN)/python -m tests.fuzz.core_dialogues --dialogues 1000000 --seed $$(date +%s)
	@$(BIN)/python -m tests.simulation --seeds 1-20000
	@$(BIN)/fxrobot demo --headless --json --kills 300 --kill-every 1s \
		--requests-per-second 3 --seconds $(SOAK_SECONDS)

format: setup ## rewrite the sources in the project's format
	@$(BIN)/ruff check --fix-only .
	@$(BIN)/ruff format .

clean: ## remove .venv and the caches of the tools (not the compiled QuickFIX)
	@rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis build dist
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

lock: setup ## resolve the dependencies anew and rewrite requirements/*.lock
	@$(BIN)/python .ci/lock.py
