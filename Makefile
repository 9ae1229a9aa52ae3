# Each target sets up what it needs first; `make` alone lists them.
# PYTHON is what .venv is made with: make ask PYTHON=python3.12 Q="who met in Reykjavik"

PYTHON ?= python3

# A question is text, whatever is in it: `value` and `:=` keep make from reading a `$` in it, and
# the shell meets it as a variable only.
override Q := $(value Q)
export Q

.DEFAULT_GOAL := help
.PHONY: help ask index test check bench clean question python setup setup-dev
.NOTPARALLEL:

help: ## list what can be made
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-7s %s\n", $$1, $$2}' Makefile

ask: question setup ## answer a question: make ask Q="who met in Reykjavik"
	@.venv/bin/talks ask --build -- "$$Q" || { code=$$?; \
	  [ $$code -eq 3 ] || exit $$code; } # 3 is an honest "not in the documents", no failure

index: setup ## build the index, or do nothing if it is fresh
	@.venv/bin/talks index

test: setup-dev ## run the tests; lines and branches of retrieval/ together covered to 90 %
	@.venv/bin/python -m pytest -n auto --cov --cov-report=
	@.venv/bin/python -m coverage report --include='retrieval/*' --fail-under=90

check: setup-dev ## format, lint and types, changing nothing
	@.venv/bin/python -m ruff format --check . && .venv/bin/python -m ruff check . \
	  && .venv/bin/python -m mypy

bench: setup-dev ## run the benchmarks
	@for bench in tests/benchmarks/bench_*.py; do \
	  echo "$$bench"; .venv/bin/python -m "tests.benchmarks.$$(basename "$$bench" .py)" || exit; done

clean: ## remove all that was made here: .venv, the index, caches
	@rm -rf .venv .talks .coverage .hypothesis .mypy_cache .pytest_cache .ruff_cache *.egg-info
	@find bot config retrieval tests -name __pycache__ -prune -exec rm -rf {} +

question:
	@case "$$Q" in *[![:space:]]*) ;; *) \
	  echo 'usage: make ask Q="who met in Reykjavik"' >&2; exit 2 ;; esac

python:
	@command -v "$(PYTHON)" >/dev/null 2>&1 || { \
	  echo 'There is no $(PYTHON) here. Install Python 3.11 or newer, or name it:' \
	    'make PYTHON=/path/to/python3.11 and the rest as before.' >&2; exit 1; }

setup: python
	@"$(PYTHON)" config/setup_env.py

setup-dev: python
	@"$(PYTHON)" config/setup_env.py --dev
