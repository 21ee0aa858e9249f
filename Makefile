# One verb each; CI calls the same. Tests run in two processes: `make test PROCESSES=4` for more.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
BENCH := .bench
PIP := $(BIN)/python -m pip install --quiet
PROCESSES := 2
PYTEST := $(BIN)/python -m pytest --numprocesses $(PROCESSES) --dist worksteal

.PHONY: demo test notebooks backends browser check docs forms pictures cards study guard bench bench-quick peers conformance format clean

demo: $(VENV)/demo
	$(BIN)/python examples/page.py --output demo-output

test: $(VENV)/test
	$(PYTEST) -m "not every_backend and not notebook and not browser"

# each in a kernel of its own, on TensorFlow alone: their calls are those of the pages and the tests
notebooks: $(VENV)/test
	$(PYTEST) -m notebook tests/notebooks

# hundreds of small networks, of which each would be compiled as if it had to run for long
JAX_SOON := JAX_DISABLE_MOST_OPTIMIZATIONS=1 JAX_COMPILATION_CACHE_DIR=$(abspath $(VENV))/jax \
	JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS=0 JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES=-1

# What a backend can change: the hook, every form of model, every method beside its peers and beside
# what it gave before, the weights that `evaluate` shuffles, the demo's networks, the code of two
# pages. All else knows no backend (methods in NumPy, formatters, measures, values, pages, notebooks,
# photos, walls): `make test` and `make notebooks` run it, on TensorFlow alone.
ON_BACKENDS := tests/keras tests/forms tests/methods/test_conformance.py tests/freeze/test_numbers.py \
	tests/evaluate/test_sanity.py tests/demo/test_networks.py tests/test_documents.py

# those once on each of the other backends, and all three compared; one torch for all, because the
# newest may be a far larger build than a CPU needs
backends: $(VENV)/backends
	KERAS_BACKEND=jax $(JAX_SOON) $(PYTEST) $(ON_BACKENDS)
	KERAS_BACKEND=torch $(PYTEST) $(ON_BACKENDS)
	$(JAX_SOON) $(PYTEST) -m every_backend tests/test_backends_agree.py

# what a page and a notebook show, in a real browser: chromium must be installed
browser: $(VENV)/browser
	$(BIN)/python -m pytest -m browser tests/browser

forms: $(VENV)/backends
	$(BIN)/python -m tests.forms.table

check: $(VENV)/dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/python tests/check_wheel.py

# the site, in site/: its pages' code is run on the way, and a dead link or a warning ends it
docs: $(VENV)/docs
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet

# what the README and the pages show, drawn by their own code
pictures: $(VENV)/demo
	$(BIN)/python -m docs.drawn.pages

# what the method cards show: the times want a machine that does nothing else
cards: $(VENV)/demo
	$(BIN)/python -m docs.drawn.pictures
	$(BIN)/python -m docs.drawn.times

# which method, layer and score: half an hour of measuring, then the tables and the plot; --parts
# and --methods of the first measure less again
study: $(VENV)/demo
	$(BIN)/python -m studies.which_method
	$(BIN)/python -m studies.shown

# fails where an explanation has become slower beside the model itself than it was
guard: $(VENV)/test
	$(BIN)/python -m benchmarks.guard

# camlight beside its peers, each group in a virtual environment of its own
bench: $(BENCH)/tensorflow/ready $(BENCH)/torch/ready
	$(BENCH)/tensorflow/bin/python -m benchmarks.run
	$(BENCH)/tensorflow/bin/python -m benchmarks.gradient_free

bench-quick: $(BENCH)/tensorflow/ready $(BENCH)/torch/ready
	$(BENCH)/tensorflow/bin/python -m benchmarks.run --quick

# what Quantus, Captum and Xplique measure, for the tests to hold camlight's measures to
peers: $(BENCH)/tensorflow/ready $(BENCH)/quantus/ready
	$(BENCH)/tensorflow/bin/python -m tests.evaluate.peers.by_xplique
	$(BENCH)/quantus/bin/python -m tests.evaluate.peers.by_quantus

# what the peers say of one network, kept in tests/conformance, and docs/conformance.md
conformance: $(BENCH)/tensorflow/ready $(BENCH)/torch/ready $(VENV)/test
	$(BIN)/python -m benchmarks.conformance.run

format: $(VENV)/dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

clean:
	rm -rf $(VENV) $(BENCH) build dist demo-output site test-artefacts

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

$(VENV)/backends: $(VENV)/test
	$(PIP) --editable ".[test,jax,torch]" "torch==2.13.0"
	touch $@

$(VENV)/docs: $(VENV)/python pyproject.toml
	$(PIP) --editable ".[docs]"
	touch $@

$(VENV)/browser: $(VENV)/python pyproject.toml
	$(PIP) --editable ".[browser]"
	touch $@

$(VENV)/dev: $(VENV)/python pyproject.toml
	$(PIP) --editable ".[dev]"
	touch $@

# all of them at once, as CI does: to resolve them once takes a minute less than one by one
$(VENV)/all: $(VENV)/python pyproject.toml
	$(PIP) --editable ".[dev,docs,browser,jax,torch]" "torch==2.13.0"
	touch $@ $(addprefix $(VENV)/,demo test backends docs browser dev)

# the peers' pins fight with one another and with ours: what must be, comes without dependencies
$(BENCH)/%/ready: benchmarks/requirements/%.txt benchmarks/requirements/%-alone.txt pyproject.toml
	test -x $(BENCH)/$*/bin/python || $(PYTHON) -m venv $(BENCH)/$*
	$(BENCH)/$*/bin/python -m pip install --quiet --requirement $<
	$(BENCH)/$*/bin/python -m pip install --quiet --no-deps --requirement $(word 2,$^)
	touch $@
