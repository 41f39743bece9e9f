NAMES := python3 python3.13 python3.12 python3.11 python3.14
PYTHON3 := $(firstword $(foreach name,$(NAMES),$(shell command -v $(name) 2>/dev/null)))
RUN = $(or $(PYTHON3),$(error Il faut Python 3.11 ou plus récent / Python 3.11 or later is needed)) scripts/bootstrap.py
PYTHON := .venv/bin/python
# Lint looks at the code, not at a deployment of it.
CLEAN := env -u DATABASE_URL -u DATABASE_REPLICA_URL DJANGO_SETTINGS_MODULE=rbsite.settings.dev

.PHONY: help demo test test-long lint format bench audit lock

help:
	@echo "make demo    set up and serve the platform with invented data on http://127.0.0.1:$${RB_PORT:-8000}"
	@echo "make test    run every test, browser included (PYTEST=\"-k words\" to choose)"
	@echo "make test-long  the random tests, at length: tens of minutes"
	@echo "make lint    format, style, templates, directions of imports, types, migrations"
	@echo "make format  apply the format"
	@echo "make bench   measure speed with many sites"
	@echo "make audit   compare the locked packages with the known advisories"
	@echo "make lock    resolve the dependencies of pyproject.toml again"

demo:
	@exec $(RUN) scripts/demo.py

test:
	@exec $(RUN) scripts/run_tests.py $(PYTEST)

test-long:
	@RB_LONG=1 exec $(RUN) scripts/run_tests.py -m long

# One target each, so that `make -k lint` shows everything at once.
LINTS := lint-format lint-style lint-templates lint-imports lint-types lint-django
.PHONY: install $(LINTS)
lint: $(LINTS)
$(LINTS): install

install:
	@$(RUN)

lint-format:
	$(PYTHON) -m ruff format --check .

lint-style:
	$(PYTHON) -m ruff check --quiet .

lint-templates:
	$(PYTHON) -m djlint --lint --quiet templates

lint-imports:
	$(PYTHON) -c "from importlinter.cli import lint_imports_command; lint_imports_command()"

lint-types:
	$(PYTHON) -m mypy

lint-django:
	$(CLEAN) $(PYTHON) manage.py check
	$(CLEAN) $(PYTHON) manage.py makemigrations --check --dry-run

format: install
	$(PYTHON) -m ruff check --fix .
	$(PYTHON) -m ruff format .

bench:
	@test -f scripts/bench.py || { echo "scripts/bench.py is missing"; exit 1; }
	@exec $(RUN) scripts/bench.py

audit: install
	@exec $(RUN) scripts/audit.py

lock: install
	.venv/bin/uv pip compile -q pyproject.toml --group dev --universal --python-version 3.11.0 --fork-strategy fewest --generate-hashes --no-emit-index-url --no-emit-find-links -o requirements.lock.txt
