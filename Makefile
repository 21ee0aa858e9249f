# One verb each; CI calls the same.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet

.PHONY: demo test check pictures format clean

demo: $(VENV)/demo
	$(BIN)/python -m camlight.demo --output demo-output

test: $(VENV)/test
	$(BIN)/python -m pytest --numprocesses 2 --dist worksteal

check: $(VENV)/dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/python tests/check_wheel.py

pictures: demo
	cp demo-output/*.png docs/pictures/

format: $(VENV)/dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

clean:
	rm -rf $(VENV) build dist demo-output

# each stamp stands for an extra that is installed, for as long as pyproject.toml is older
$(VENV)/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "camlight needs Python 3.11 or newer: make PYTHON=python3.12 ...")'
	$(PYTHON) -m venv $(VENV)
	touch $@

$(VENV)/demo: $(VENV)/python pyproject.toml
	$(PIP) --editable ".[tensorflow,demo]"
	touch $@

$(VENV)/test: $(VENV)/python pyproject.toml
	$(PIP) --editable ".[test]"
	touch $@

$(VENV)/dev: $(VENV)/python pyproject.toml
	$(PIP) --editable ".[dev]"
	touch $@
