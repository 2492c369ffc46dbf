"""Templates of the card and of the register's entry, filled in."""

from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined

from themawijzer.output.report.plain import cell, decimal, interval, percent, plain, whole


@cache
def environment() -> Environment:
    """Where the templates are; a name that is not there is an error."""
    found = Environment(  # noqa: S701  # Markdown and plain text: `cell` and `plain` make what stands in them harmless
        loader=PackageLoader("themawijzer.output.accountability"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    found.filters |= {function.__name__: function for function in (cell, decimal, interval, percent, plain, whole)}
    return found
