#!/usr/bin/env bash
# Guess, before running: spaCy's Dutch tokenizer knows the names of Dutch towns that begin with an apostrophe, as it knows
# the words 's, 't and 'n.
# Found: 's-Hertogenbosch falls apart into an apostrophe and s-Hertogenbosch, and so do 's-Gravenhage and 's-Heerenberg.
# Who counts words, or looks a place up by its name, counts a name that does not exist.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check spacy==3.8.18
"$work/venv/bin/python" - <<'PYTHON'
import spacy

nlp = spacy.blank("nl")
towns = ["'s-Hertogenbosch", "'s-Gravenhage", "'s-Heerenberg"]
found = {town: [token.text for token in nlp(f"Ik woon in {town}")][3:] for town in towns}
print("spaCy", spacy.__version__, found)
assert found == {town: ["'", town[1:]] for town in towns}
assert [token.text for token in nlp("'s avonds 't spoor")] == ["'s", "avonds", "'t", "spoor"]
PYTHON
