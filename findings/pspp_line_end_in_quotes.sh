#!/usr/bin/env bash
# Guess, before running: with a qualifier (`/QUALIFIER='"'`) PSPP reads a CSV file in which an answer has a line end, as
# every other reader does: two respondents give two cases.
# Found: a record ends at the line end, within quotes too. Two respondents become three cases, of which the middle one has
# no number, the half answer stays with the first, and the rest is gone or in another column. It warns, and goes on.
# Needs Debian 12's PSPP: apt-get install pspp
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
pspp --version | head -1 | grep -F "1.6.2"
printf 'nr,opmerking\n1,"eerste regel\ntweede regel"\n2,"kort"\n' > answers.csv
cat > read.sps <<'SPSS'
GET DATA /TYPE=TXT /FILE="answers.csv" /DELIMITERS="," /QUALIFIER='"' /FIRSTCASE=2 /VARIABLES=nr F4 opmerking A60.
LIST.
SPSS
pspp read.sps > out.txt 2>&1 || true
cat out.txt
grep -qF "| 1|eerste regel|" out.txt
grep -qF "| .|            |" out.txt
grep -qF "| 2|kort        |" out.txt
