#!/usr/bin/env bash
# Guess, before running: a portable file (.por) of PSPP, whose text is UTF-8, is read by pyreadstat with its letters, as its
# documentation says that "files are assumed to be UTF-8 encoded"; and a file in another encoding raises an error.
# Found: every byte beyond ASCII becomes a replacement character, without an error or a warning: in answers, in labels and in
# the values that have labels. "Súdwest-Fryslân" comes in with four of them. Nothing else than looking for U+FFFD tells it.
# Needs Debian 12's PSPP: apt-get install pspp
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
pspp --version | head -1 | grep -qF "1.6.2"
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check pyreadstat==1.3.7 pandas==3.0.5
cd "$work"
cat > a.sps <<'SYNTAX'
DATA LIST LIST /nr (F2.0) gemeente (A30).
BEGIN DATA
1 Zwolle
2 Súdwest-Fryslân
END DATA.
VALUE LABELS nr 2 'tweeëntwintig'.
EXPORT OUTFILE='a.por'.
SYNTAX
pspp a.sps > /dev/null
grep -q "dwest-Frysl" a.por && iconv --from-code=UTF-8 a.por > /dev/null # the file itself is whole
venv/bin/python - <<'PYTHON'
import pyreadstat

frame, about = pyreadstat.read_por("a.por")
names, label = frame["GEMEENTE"].tolist(), about.variable_value_labels["NR"][2]
print("pyreadstat", pyreadstat.__version__)
print(names, label)
assert names == ["Zwolle", "S\ufffd\ufffddwest-Frysl\ufffd\ufffdn"]
assert label == "twee\ufffd\ufffdntwintig"
PYTHON
