# Two commands do everything: `make demo` and `make test`. Both make .venv and install what they need.

PYTHON ?= $(shell for name in python3 python3.14 python3.13 python3.12 python3.11 python; do \
	"$$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo "$$name" && break; done)
BIN := .venv/bin
ICS ?= $(ics)
PYTEST_ARGS ?=
MODULES ?= cronofy_frames/wire/retries.py cronofy_frames/wire/auth.py cronofy_frames/frames/query.py
MUTANTS_ARGS ?=
COMPAT ?= all

.PHONY: help demo test compat fuzz coverage lint audit mutants bench notebooks cassettes catalogues pictures docs screenshots clean

help:
	@echo "make demo          do the main job on the sandbox; ICS=my.ics takes your own exported calendar"
	@echo "make test          run the tests; PYTEST_ARGS='-k words' chooses some"
	@echo "make compat        run the tests on every Python of this machine, and with the lowest versions of dependencies"
	@echo "make coverage      run the tests and say which lines none of them reached"
	@echo "make fuzz          try some thousand mutated pages, files and journals"
	@echo "make lint          ruff and mypy"
	@echo "make audit         known vulnerabilities and licences of dependencies, and no secret in the tree"
	@echo "make mutants       change MODULES='files' in one place at a time, and say what no test notices; MUTANTS_ARGS='--sample 50'"
	@echo "make bench         measure against the official client and plain pandas"
	@echo "make notebooks     run the notebooks anew and keep their outputs"
	@echo "make cassettes     record the cassettes anew from the served sandbox"
	@echo "make catalogues    take the words of pictures into the files of translations, and compile them"
	@echo "make pictures      draw every picture in sizes, styles and languages into build/pictures, to be looked at"
	@echo "make docs          build the documentation into build/docs, and check its links, names and pictures"
	@echo "make screenshots   take the pictures of the widgets for the gallery anew, in Chromium"
	@echo "make clean         remove .venv and what tools left behind"

demo: .venv/package
	@$(BIN)/cronofy-frames demo $(if $(ICS),--ics "$(ICS)")

test: .venv/develop
	$(BIN)/python -m pytest --numprocesses auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder $(PYTEST_ARGS)

compat: .venv/develop
	$(BIN)/python -m tests.compat $(COMPAT) --tests "$(PYTEST_ARGS)"

fuzz: .venv/develop
	FUZZ_EXAMPLES=20000 $(BIN)/python -m pytest tests/fuzz $(PYTEST_ARGS)

coverage: .venv/develop
	$(BIN)/coverage run -m pytest $(PYTEST_ARGS)
	$(BIN)/coverage report

lint: .venv/develop
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

audit: .venv/develop
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --group audit || echo "pip-audit could not be installed"
	@$(BIN)/python -m tests.audit

mutants: .venv/develop
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --group mutants
	@$(BIN)/python -m tests.mutants $(MODULES) $(MUTANTS_ARGS)

bench: .venv/develop
	$(BIN)/python tests/benchmarks/decode.py
	$(BIN)/python tests/benchmarks/exports.py
	$(BIN)/python tests/benchmarks/reading.py
	$(BIN)/python tests/benchmarks/paging.py
	$(BIN)/python tests/benchmarks/accounts.py
	$(BIN)/python tests/benchmarks/archive.py
	$(BIN)/python tests/benchmarks/planning.py
	$(BIN)/python tests/benchmarks/intervals.py
	$(BIN)/python tests/benchmarks/sandbox.py
	$(BIN)/python tests/benchmarks/starting.py

notebooks: .venv/develop
	$(BIN)/python -m pytest --overwrite notebooks
	$(BIN)/python -m tests.notebooks

cassettes: .venv/develop
	$(BIN)/python -m tests.witness.record

catalogues: .venv/develop
	$(BIN)/python -m tests.catalogues

pictures: .venv/develop
	$(BIN)/python -m tests.gallery

docs: .venv/docs
	$(BIN)/python -m sphinx --builder html --jobs auto --fail-on-warning --keep-going --quiet docs build/docs
	$(BIN)/python -m tests.site.check build/docs

screenshots: .venv/develop
	$(BIN)/python -m tests.browser.screenshots

clean:
	rm -rf .venv .compat .pytest_cache .mypy_cache .ruff_cache .hypothesis build dist docs/generated docs/_pictures

.venv/python:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed and was not found: install it, or name it with make PYTHON=/path/to/python" >&2; exit 1; }
	@"$(PYTHON)" -m venv .venv || { echo "$(PYTHON) could not make .venv: install its venv module (on Debian: apt install python3-venv)" >&2; exit 1; }
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade pip
	@touch $@

.venv/package: .venv/python pyproject.toml
	@echo "installing into .venv ..."
	@$(BIN)/python -m pip install --quiet --editable .
	@touch $@

.venv/develop: .venv/python pyproject.toml
	@echo "installing into .venv, with what tests and checks need ..."
	@$(BIN)/python -m pip install --quiet --editable . --group dev
	@touch $@ .venv/package

.venv/docs: .venv/develop
	@echo "installing into .venv what builds the documentation ..."
	@$(BIN)/python -m pip install --quiet --group docs
	@touch $@
