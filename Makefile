# Every target is one command of the same name; .venv is made when it is needed.
SURVEY ?= vng-panel
N ?= 100
PYTHON ?= python3
UV := $(shell command -v uv 2>/dev/null)
BIN := .venv/bin
ifdef UV
MAKE_VENV := UV_PYTHON_DOWNLOADS=never uv venv --quiet --allow-existing --python $(PYTHON) .venv
INSTALL := uv pip install --compile-bytecode --python $(BIN)/python
else
MAKE_VENV := $(PYTHON) -m venv .venv
# A .venv that uv made has no pip yet.
INSTALL := $(BIN)/python -m ensurepip >/dev/null && $(BIN)/python -m pip install --disable-pip-version-check
endif
MODEL := models/$(SURVEY)/manifest.json
EVALUATION := models/$(SURVEY)/evaluation.json
CODED := coded/$(SURVEY)/run.json

.DELETE_ON_ERROR:
.PHONY: help classify train evaluate annotate worksheet sample agreement report discover compare check test pictures benchmark lock sbom language .venv

help:  ## list the targets
	@sed -n 's/^\([a-z.-]*\):.*##/\1/p' $(MAKEFILE_LIST) | awk '{name=$$1; $$1=""; printf "make %-12s%s\n", name, $$0}'

classify: $(MODEL)  ## code all answers of SURVEY (or of INPUT, another file with the same columns)
	$(BIN)/themawijzer classify $(SURVEY) $(if $(INPUT),--input "$(INPUT)")

train: .venv  ## learn from the annotations of SURVEY
	$(BIN)/themawijzer train $(SURVEY)

evaluate: $(MODEL)  ## measure out of fold how good the coding of SURVEY is
	$(BIN)/themawijzer evaluate $(SURVEY)

annotate: .venv  ## open the page on which CODER labels answers of SURVEY
	$(BIN)/themawijzer annotate $(SURVEY) --coder "$(or $(CODER),$(error CODER=name is missing, such as codeur-1))"

worksheet: .venv  ## write an Excel workbook in which CODER codes N answers to each question of SURVEY
	$(BIN)/themawijzer worksheet $(SURVEY) --n $(N) --coder "$(or $(CODER),$(error CODER=name is missing))"

sample: .venv  ## draw N random answers of SURVEY (or of INPUT) for people to code
	$(BIN)/themawijzer sample $(SURVEY) --n $(N) $(if $(INPUT),--input "$(INPUT)")

agreement: .venv  ## measure how far the coders of SURVEY agree
	$(BIN)/themawijzer agreement $(SURVEY)

report: $(if $(INPUT),classify,$(CODED)) $(EVALUATION)  ## make a report of SURVEY, which is coded and evaluated first where needed
	$(BIN)/themawijzer report $(SURVEY)

discover: .venv  ## propose new codes from the answers of SURVEY that have none
	$(BIN)/themawijzer discover $(SURVEY)

compare: .venv  ## compare two waves: the surveys A and B
	$(BIN)/themawijzer compare "$(or $(A),$(error A=name is missing))" "$(or $(B),$(error B=name is missing))"

check: .venv/.dev  ## lint, types, licenses and known vulnerabilities
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/python -m dependencies

test: .venv/.dev  ## run the tests
	$(BIN)/pytest --cov

pictures: .venv/.dev  ## take the pictures in docs/ again, with Chromium
	$(BIN)/python docs/pictures.py

benchmark: .venv/.benchmark  ## measure ours and its peers on the datasets in DATA; goes on where it was stopped
	$(BIN)/python -m benchmarks "$(or $(DATA),$(error DATA=folder is missing))"

lock: .venv/.dev  ## pin the dependencies anew
	$(BIN)/uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-strip-extras --no-header --no-annotate --upgrade --quiet -o requirements.lock
	$(BIN)/uv pip compile pyproject.toml --group dev --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-strip-extras --no-header --no-annotate --upgrade --quiet -c requirements.lock -o requirements-dev.lock
	$(BIN)/uv pip compile pyproject.toml --group benchmark --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-strip-extras --no-header --no-annotate --upgrade --quiet -c requirements.lock -o requirements-benchmark.lock

sbom: .venv/.dev  ## list what is needed at run time, for a release: CycloneDX
	$(BIN)/python -m dependencies dist/themawijzer.cdx.json

language: .venv/.installed  ## ask again for the language models that no package brings
	$(BIN)/themawijzer install-language
	@touch .venv/.asked

$(MODEL): $(filter-out %/quotes.csv,$(wildcard surveys/$(SURVEY)/* surveys/$(SURVEY)/*/* annotations/$(SURVEY)/*)) .venv/.installed .venv/.asked
	$(BIN)/themawijzer train $(SURVEY)

$(EVALUATION): $(MODEL)
	$(BIN)/themawijzer evaluate $(SURVEY)

$(CODED): $(MODEL)
	$(BIN)/themawijzer classify $(SURVEY)

.venv: .venv/.installed .venv/.asked  ## set up

.venv/.installed: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Themawijzer needs Python 3.11 or newer; name one: make PYTHON=python3.12")'
	$(MAKE_VENV)
	$(INSTALL) --require-hashes -r requirements.lock
	$(INSTALL) --no-deps -e .
	@touch $@

# Asked once: without them everything works, with another lemmatizer, or another encoder.
.venv/.asked: | .venv/.installed
	@$(BIN)/themawijzer install-language
	@touch $@

.venv/.dev: requirements-dev.lock .venv/.installed .venv/.asked
	$(INSTALL) --require-hashes -r requirements-dev.lock
	@touch $@

.venv/.benchmark: requirements-benchmark.lock .venv/.installed .venv/.asked
	$(INSTALL) --require-hashes -r requirements-benchmark.lock
	@touch $@
