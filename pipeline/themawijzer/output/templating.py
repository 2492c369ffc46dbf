"""Environments of templates, in which a name that is not there is an error."""

from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from themawijzer.output.report.plain import cell, decimal, interval, percent, plain, points, whole

FILTERS = {function.__name__: function for function in (cell, decimal, interval, percent, plain, points, whole)}


def environment_of(package: str, **options: Any) -> Environment:
    """The templates of a package, with filters for text and figures."""
    environment = Environment(  # noqa: S701  # HTML is escaped by an option; Markdown by `cell` and `plain`
        loader=PackageLoader(package),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        **options,
    )
    environment.filters |= FILTERS
    return environment
