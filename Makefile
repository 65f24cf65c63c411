# Needs make and a Python from 3.11 to 3.14 with venv; everything else comes from requirements*.txt.
# make up PORT=… SANDBOX_PORT=… SENDIOS_HOME=… DATABASE_URL=… REDIS_URL=… WORKERS=… DEMO=off

SENDIOS_HOME ?= .local
PYTHON ?= python3 python3.13 python3.12 python3.11 python3.14
VENV = .venv
RUN = $(VENV)/bin/python
export SENDIOS_HOME

.PHONY: help up stop logs test lint faults attack bench

help: ## this list
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1|\2/p' Makefile | while IFS='|' read -r name text; do \
		printf '%-14s %s\n' "$$name" "$$text"; done

up: $(VENV)/.product ## everything on this machine; stays in the foreground until Ctrl-C or make stop
	@exec $(RUN) -m scripts.up

stop: $(VENV)/.product ## end what make up started; data is kept
	@exec $(RUN) -m scripts.stop

logs: ## follow the logs of a running system
	@ls "$(SENDIOS_HOME)"/logs/*.log >/dev/null 2>&1 || { echo "No logs in $(SENDIOS_HOME)/logs yet: make up"; exit 1; }
	@exec tail -n 20 -F "$(SENDIOS_HOME)"/logs/*.log

test: $(VENV)/.tools ## every test, with real engines; ARGS='…' goes to pytest
	@exec $(RUN) -m pytest -n 2 --dist loadfile $(ARGS)

faults: $(VENV)/.tools ## only the tests that kill real processes
	@exec $(RUN) -m pytest -m fault $(ARGS)

attack: $(VENV)/.tools ## only the attacks of docs/attacks.md, with 200 fuzzed calls an operation
	@SCHEMATHESIS_EXAMPLES=200 exec $(RUN) -m pytest -n 2 --dist loadfile -m attack --timeout 900 $(ARGS)

lint: $(VENV)/.tools ## ruff, mypy, and whether migrations are missing
	$(RUN) -m ruff check .
	$(RUN) -m ruff format --check .
	$(RUN) -m mypy .
	@# No database is needed for it; that Django warns of none is noise.
	$(RUN) -W ignore::RuntimeWarning manage.py makemigrations --check --dry-run

bench: $(VENV)/.tools ## measure: see docs/benchmarks.md; ARGS='--quick' for a short run
	@exec $(RUN) -m benchmarks $(ARGS)

# The stamps are written last: an interrupted installation is taken up again.
$(VENV)/.product: requirements.txt
	@$(RUN) -c 'import pip' 2>/dev/null || $(MAKE) --no-print-directory venv
	@echo "Installing what the product runs on …"
	@$(RUN) -m pip install -qq --disable-pip-version-check -r requirements.txt
	@touch $@

$(VENV)/.tools: requirements-dev.txt $(VENV)/.product
	@echo "Installing the tools for tests and checks …"
	@$(RUN) -m pip install -qq --disable-pip-version-check -r requirements-dev.txt
	@touch $@

.PHONY: venv
venv:
	@for name in $(PYTHON); do \
		if "$$name" -c 'import sys, ensurepip; sys.exit(not (3, 11) <= sys.version_info < (3, 15))' 2>/dev/null; then \
			echo "Making $(VENV) with $$("$$name" --version) …"; exec "$$name" -m venv --clear $(VENV); fi; done; \
	echo "Sendios needs Python 3.11, 3.12, 3.13 or 3.14 with the venv module, and none of these has it: $(PYTHON)." >&2; \
	echo "On Debian and Ubuntu: apt install python3 python3-venv. Elsewhere say which: make PYTHON=/path/to/python3." >&2; \
	exit 1
