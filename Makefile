# Two commands:  make run  (a site to try, with sample data)  and  make test  (what is checked before a change lands).
# make check  is the part of it that takes less than a minute;  make test-all  is what takes long and rarely fails, too.
# Only these targets set the mode; without it everything is production.

PORT ?= 8000
HOST ?= 127.0.0.1
CMD ?= help
PYTEST ?= -n 3 --dist loadgroup
QUICK ?= -n 2 --dist loadgroup
BIN := .venv/bin
TRIAL := QHPLAN_MODE=trial $(BIN)/python
TEST := QHPLAN_MODE=test $(BIN)/python
STEP = @printf '\n-- %s\n' "$(1)"

export HOST PORT PYTHON
# Where no bytecode is written, each process of the tests compiles all modules and rewrites all asserts again.
unexport PYTHONDONTWRITEBYTECODE
export PATH := $(CURDIR)/$(BIN):$(PATH)
.PHONY: run test test-all check bench lock shell manage format static lint types imports migrations templates \
	pytest pytest-all pytest-quick papers

run:
	@bin/bootstrap trial
	@$(TRIAL) manage.py run_trial

# The tests first: the other checks follow one after another beside them.
BESIDE = @$(MAKE) --no-print-directory -j2

test: .venv/installed
	$(BESIDE) pytest static

check: .venv/installed
	$(BESIDE) pytest-quick static

test-all: .venv/installed
	$(BESIDE) pytest-all static

static: lint types imports migrations templates

lint: .venv/installed
	$(call STEP,format and lint)
	@$(BIN)/ruff format --check --quiet . || { echo "Run make format."; exit 1; }
	@$(BIN)/ruff check --quiet .

types: .venv/installed
	$(call STEP,types)
	@$(TEST) -m mypy --no-error-summary

imports: .venv/installed
	$(call STEP,import rules)
	@QHPLAN_MODE=test $(BIN)/lint-imports --no-cache >build/imports.log 2>&1 || { cat build/imports.log; exit 1; }

migrations: .venv/installed
	$(call STEP,migrations)
	@$(TEST) -W ignore::RuntimeWarning manage.py makemigrations --check --dry-run  # it wants a database only to compare

templates: .venv/installed
	$(call STEP,templates)
	@$(BIN)/djhtml --check --tabwidth 2 templates 2>/dev/null || { echo "Run make format."; exit 1; }
	@$(BIN)/djlint --quiet --lint templates

pytest: .venv/installed
	$(call STEP,tests)
	@$(TEST) -m pytest -q --durations=30 $(PYTEST)

pytest-quick: .venv/installed
	$(call STEP,quick tests)
	@$(TEST) -m pytest -q -m "not full and not worker and not browser and not slow and not pages" $(QUICK)

# Migrates anew, sets every PDF anew, and measures which lines of the product the tests run.
pytest-all: .venv/installed
	$(call STEP,all tests)
	@QHPLAN_FRESH=1 $(TEST) -m pytest -q -m "" --durations=30 --cov --cov-report=term $(PYTEST)

bench: .venv/installed
	@$(TEST) -m bench $(ONLY)

format: .venv/installed
	@$(BIN)/ruff check --fix --quiet . ; $(BIN)/ruff format --quiet .
	@$(BIN)/djhtml --tabwidth 2 templates 2>/dev/null

# What docs/ takes from the code: the map of packages, the tables, who may do what, the index of decisions.
papers: .venv/installed
	@$(TEST) -m tests.package_map
	@DJANGO_SETTINGS_MODULE=qhplan.settings $(TEST) -m tests.data_model
	@$(TEST) -m tests.permission_table
	@$(TEST) -m tests.decision_index

# The locks name versions and hashes and no host. Versions stay as they are, but for UPGRADE='--upgrade-package django'.
LOCK = $(BIN)/uv pip compile --generate-hashes --universal --python-version 3.11 --no-emit-index-url \
	--no-annotate --quiet --custom-compile-command "make lock" $(UPGRADE)
lock: .venv/installed
	@$(LOCK) pyproject.toml --group trial --group dev -o requirements/dev.txt
	@$(LOCK) pyproject.toml --group trial -c requirements/dev.txt -o requirements/trial.txt
	@$(LOCK) pyproject.toml -c requirements/dev.txt -o requirements/base.txt
	@echo uv | $(LOCK) - -o requirements/uv.txt
	@if grep -n '://' requirements/*.txt; then echo "A lock names a host."; exit 1; fi

shell:
	@bin/bootstrap trial
	@$(TRIAL) manage.py shell

manage:
	@bin/bootstrap trial
	@$(TRIAL) manage.py $(CMD)

# Asked on every run; answers at once when nothing changed.
.PHONY: .venv/installed
.venv/installed:
	@bin/bootstrap dev
