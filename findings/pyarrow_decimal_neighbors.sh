#!/usr/bin/env bash
# Guess, before running: a decimal number of Parquet, such as an amount or a weight of 99.99, casts to the float64 nearest to
# it, which is what float("99.99") gives, and what shows as 99.99 again.
# Found: of all numbers of two decimals between -100 and 100, more than one in ten becomes a neighbor of it:
# 99.99000000000001. Nothing warns; equality, groups and the decimals that a column seems to have are wrong afterwards.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check pyarrow==26.0.1
cd "$work" && venv/bin/python - <<'PYTHON'
from decimal import Decimal

import pyarrow as pa

amounts = [Decimal(cents).scaleb(-2) for cents in range(-9_999, 10_000)]
cast = pa.array(amounts, pa.decimal128(12, 2)).cast(pa.float64()).to_pylist()
wrong = [(amount, number) for amount, number in zip(amounts, cast, strict=True) if number != float(amount)]
print("pyarrow", pa.__version__)
print(len(wrong), "of", len(amounts), "such as", *wrong[-1])
assert len(wrong) > len(amounts) / 10
assert wrong[-1] == (Decimal("99.99"), 99.99000000000001)
PYTHON
