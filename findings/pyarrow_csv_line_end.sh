#!/usr/bin/env bash
# Guess, before running: pyarrow.csv reads a cell in quotation marks as it stands in the file, wherever the blocks end in
# which it reads that file, as `newlines_in_values=True` promises.
# Found: where a block ends between "\r" and "\n", the "\n" is lost, as though both ended a row: inside a cell too. With
# blocks of their usual size (1 MiB) that is one answer in every million bytes, without a word.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check pyarrow==26.0.1
cd "$work" && venv/bin/python - <<'PYTHON'
import io

import pyarrow
from pyarrow import csv

BLOCK = 1 << 20  # pyarrow's own
start = b'nr,answer\n1,yes\n2,"'
parsing = csv.ParseOptions(newlines_in_values=True)
print("pyarrow", pyarrow.__version__)
for place in (BLOCK - 2, BLOCK - 1, BLOCK):  # of the "\r"
    content = start.ljust(place, b"a") + b'\r\nb"\n'
    cell = csv.read_csv(io.BytesIO(content), parse_options=parsing)["answer"][-1].as_py()
    print("carriage return at byte", place, repr(cell[-4:]))
    assert cell.endswith("a\rb" if place == BLOCK - 1 else "a\r\nb")
PYTHON
