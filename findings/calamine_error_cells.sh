#!/usr/bin/env bash
# Guess, before running: a cell of a workbook that holds an error (#N/A, #DIV/0!) comes out of python-calamine as that error,
# as it does out of openpyxl, or raises one.
# Found: it is an empty text, the same as a cell that nobody filled in. So a weight or an answer that a formula failed to
# look up counts as one that was never given. pandas 3.1.1 says that calamine will be its engine for .xlsx.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check python-calamine==0.9.1 openpyxl==3.1.5
cd "$work" && venv/bin/python - <<'PYTHON'
from importlib.metadata import version

import openpyxl
from python_calamine import CalamineWorkbook

book = openpyxl.Workbook()
for row in (["nr", "weging"], [1, 0.5], [2, "#N/A"], [3, None]):
    book.active.append(row)
assert book.active["B3"].data_type == "e"
book.save("a.xlsx")
shown = [cell.value for cell in openpyxl.load_workbook("a.xlsx").active["B"]]
read = [row[1] for row in CalamineWorkbook.from_path("a.xlsx").get_sheet_by_index(0).to_python()]
print("python-calamine", version("python-calamine"))
print("openpyxl:", shown)
print("calamine:", read)
assert shown == ["weging", 0.5, "#N/A", None]
assert read == ["weging", 0.5, "", ""]
PYTHON
