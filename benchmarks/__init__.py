"""Themawijzer and its peers on the same splits; a tool of the project, not a part of the package."""
