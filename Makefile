# Everything a developer runs. Nothing has to be set up first: each target makes what it needs.
PYTHON ?= python3
VENV ?= .venv
# More for pytest: `make test PYTEST_ARGS="-k rules"`.
PYTEST_ARGS ?=
BIN := $(VENV)/bin

.PHONY: demo demo-webhook newcomer test coverage lint types contracts docs kinds bench peers mutation clean

demo: $(VENV)/.demo  ## the objectstore in a simulated cluster, then as a webhook
	@PYTHONUTF8=1 $(BIN)/python examples/objectstore/demo.py
	@echo
	@PYTHON=$(BIN)/python bash examples/objectstore/demo.sh
	@echo
	@echo 'make demo-webhook shows the response, and what it would change.'

demo-webhook: $(VENV)/.demo  ## the objectstore's webhook, called with a recorded request
	@PYTHON=$(BIN)/python bash examples/objectstore/demo.sh --all

newcomer: $(VENV)/.demo  ## the tutorial, typed word by word in an empty folder
	$(BIN)/python tools/newcomer.py --package $(CURDIR)

test: $(VENV)/.test  ## the whole suite
	$(BIN)/python -m pytest $(PYTEST_ARGS)

coverage: $(VENV)/.test  ## the suite with branch coverage
	$(BIN)/python -m pytest --cov --cov-report=term-missing

lint: $(VENV)/.lint  ## ruff and the import contracts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports

types: $(VENV)/.lint  ## mypy and pyright, both strict
	$(BIN)/mypy
	for each in examples/*/; do (cd "$$each" && MYPYPATH=../.. $(abspath $(BIN))/mypy --cache-dir=$(CURDIR)/.mypy_cache --strict *.py) || exit 1; done
	$(BIN)/pyright --pythonpath $(BIN)/python

docs: $(VENV)/.docs  ## the manual; warnings are errors
	$(BIN)/sphinx-build -W --keep-going -q -b html docs docs/_build/html

kinds: $(VENV)/.lint  ## the typed kinds, their page and what a server serves, from a recorded one
	$(BIN)/python tools/generate_kinds.py
	$(BIN)/python tools/kinds_table.py
	$(BIN)/python tools/generate_discovery.py

bench: $(VENV)/.bench  ## the speed questions
	$(BIN)/python -m benchmarks
	$(BIN)/python -m benchmarks.diff

peers: $(VENV)/.peers  ## documents compared beside every peer: who is right, and how fast
	$(BIN)/python -m benchmarks.diff --correctness
	$(BIN)/python -m benchmarks.diff --peers

mutation: $(VENV)/.mutation  ## does a test notice when a line is wrong?
	PATH="$(abspath $(BIN)):$$PATH" bash tests/mutation/run.sh

clean:
	rm -rf $(VENV) build dist *.egg-info docs/_build

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

# One stamp for each set of tools; it is made again when pyproject.toml changes.
$(VENV)/.demo: pyproject.toml setup.py | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e .
	touch $@

$(VENV)/.test: pyproject.toml setup.py | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[test]'
	touch $@ $(VENV)/.demo

$(VENV)/.lint: $(VENV)/.test
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[test,lint]'
	touch $@

$(VENV)/.docs: pyproject.toml setup.py | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[docs,flask,starlette,fastapi]'
	touch $@

$(VENV)/.bench: pyproject.toml setup.py | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[bench]'
	touch $@

$(VENV)/.peers: pyproject.toml setup.py | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[peers]'
	touch $@

$(VENV)/.mutation: $(VENV)/.test
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[test,mutation]'
	touch $@
