"""The Dutch labels of output columns and values, which live in a file beside this one."""

import tomllib
from importlib.resources import files

LABELS: dict[str, str] = tomllib.loads(files("themawijzer.output").joinpath("labels.toml").read_text(encoding="utf-8"))
