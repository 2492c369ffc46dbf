"""Facts in words that several summaries use."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rich.console import Console

    from themawijzer.coding.certification import Certificate
    from themawijzer.coding.numbers import Figure
    from themawijzer.survey.respondents import Unfound
    from themawijzer.tables.table import Table


def why(certificate: Certificate) -> str:
    """Whether a codeframe is certified, and why, in words."""
    from themawijzer.coding.certification import CertificateReason

    more = " to tell" if certificate.n_more is None else f"; about {certificate.n_more:,} more random answers would do"
    return {
        CertificateReason.MET: f"certified on {certificate.n:,} random answers",
        CertificateReason.NO_SAMPLE: "not certified: no random sample has been coded (themawijzer sample)",
        CertificateReason.WAITING: (
            "not certified: some of the random answers are to be judged again (themawijzer annotate)"
        ),
        CertificateReason.DRIFTED: "certified for other answers, but not for these (see below)",
        CertificateReason.TOO_FEW: f"not certified: too few random answers ({certificate.n:,}){more}",
        CertificateReason.TOO_INACCURATE: (
            f"not certified: judging by {certificate.n:,} random answers, more would hardly help; "
            "lower the target, or code by hand"
        ),
    }[certificate.reason]


def figure(score: Figure) -> str:
    """With its interval; a dash where it is not defined."""
    if score.value is None:
        return "-"
    return f"{score.value:.2f} {score.low:.2f}-{score.high:.2f}"


def dialect(table: Table) -> str:
    """How a text file was read, in brackets; nothing for other files."""
    dialect = table.dialect
    if dialect is None:
        return ""
    delimiter = {"\t": "tab", ",": "comma", ";": "semicolon", "|": "bar"}.get(dialect.delimiter, dialect.delimiter)
    return f" ({dialect.encoding}, {delimiter})"


def tell_unfound(screen: Console, unfound: Mapping[str, Mapping[Unfound, int]]) -> None:
    """Per coder's file how many annotations find no answer in the responses, and why; they code nobody."""
    reasons = {
        "absent": "of respondents who are not in the responses",
        "changed": "of answers that read differently there",
        "ambiguous": "that several respondents can mean, who typed the same under such an id",
    }
    for file, counts in unfound.items():
        why_not = ", ".join(f"{n:,} {reasons[reason]}" for reason, n in sorted(counts.items()))
        screen.print(f"{file}: {sum(counts.values()):,} annotations find no answer: {why_not}.")
