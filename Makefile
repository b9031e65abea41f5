# Bootstraps nox into .venv and calls it; nox does the rest.  Works on a machine that has python3 (3.11
# or later), pip and make.

PYTHON ?= python3
NOX := .venv/bin/nox

.PHONY: demo test lint

demo: $(NOX)
	$(NOX) -s demo

test: $(NOX)
	$(NOX) -s tests

lint: $(NOX)
	$(NOX) -s lint

# --without-pip: Debian keeps ensurepip in another package, and the outer pip can install into a venv.
$(NOX): requirements/bootstrap.txt
	$(PYTHON) -m venv --without-pip .venv
	$(PYTHON) -m pip --python .venv/bin/python install --quiet --requirement requirements/bootstrap.txt
	@touch $(NOX)
