"""Themawijzer and its peers on the same splits; a tool of the project, not a part of the package."""

import os

WERE_SET = frozenset(os.environ)  # before libraries set variables of their own
