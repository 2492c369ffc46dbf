#!/usr/bin/env bash
# Guess, before running: the variable by which a .sav file weighs its cases (WEIGHT BY) is in the metadata that pyreadstat gives,
# beside labels, missing values and multiple response sets.
# Found: it is in no field of the metadata, and write_sav has no option for it. So whoever reads the file of a survey bureau
# reports unweighted shares where SPSS, which weighs as soon as the file is open, showed weighted ones. It stands in the
# header: 32 bits from byte 76 on hold its place among the records of variables, of which text of 20 bytes takes three.
# Needs Debian 12's PSPP: apt-get install pspp
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
pspp --version | head -1 | grep -qF "1.6.2"
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check pyreadstat==1.3.7 pandas==3.0.5
cd "$work"
cat > a.sps <<'SYNTAX'
DATA LIST LIST /nr (F4.0) wens (A20) gewicht (F8.2).
BEGIN DATA
1 "meer bussen" 0.85
2 "minder auto's" 1.15
END DATA.
WEIGHT BY gewicht.
SAVE OUTFILE='a.sav'.
SYNTAX
pspp a.sps > /dev/null
pspp -O format=csv <(echo "SYSFILE INFO 'a.sav'.") | grep -F "Weight,gewicht"
venv/bin/python - <<'PYTHON'
import inspect
import struct
from pathlib import Path

import pyreadstat

_, about = pyreadstat.read_sav("a.sav")
print("pyreadstat", pyreadstat.__version__)
print("fields:", ", ".join(vars(about)))
print("place in the header:", struct.unpack_from("<i", Path("a.sav").read_bytes(), 76)[0])
assert not any("weight" in name for name in [*vars(about), *inspect.signature(pyreadstat.write_sav).parameters])
assert struct.unpack_from("<i", Path("a.sav").read_bytes(), 76) == (5,)
PYTHON
