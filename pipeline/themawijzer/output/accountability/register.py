"""The entry for the Dutch algorithm register, in the terms of its publication standard.

Source: Publicatiestandaard van het Algoritmeregister 1.0.0 (Ministerie van BZK, algoritmes.overheid.nl): the names of
the fields, what each is to hold, and how long it may be.
"""

from dataclasses import dataclass

from themawijzer.output.report.plain import plain
from themawijzer.output.run_file import Run
from themawijzer.output.templating import environment_of
from themawijzer.survey.codebook import Codebook
from themawijzer.survey.survey import Survey

# In the order of the standard, with the number of characters that each may have.
FIELDS = {
    "name": 100, "description_short": 350, "organization": 100, "category": None, "status": None, "begin_date": None,
    "end_date": None, "contact_email": 500, "website": 500, "publication_category": None, "url": 500,
    "goal": 2500, "proportionality": 2500, "human_intervention": 2500, "risks": 2500, "lawful_basis": 2500,
    "lawful_basis_grouping": None, "process_index_url": 500, "impacttoetsen": 2500, "impacttoetsen_grouping": None,
    "source_data": 2500, "source_data_grouping": None, "methods_and_models": 5000, "provider": 200, "publiccode": 500,
    "lang": None, "standard_version": None, "source_id": 100, "tags": 2500,
}  # fmt: skip
LISTS = {"category", "lawful_basis_grouping", "impacttoetsen_grouping", "source_data_grouping"}


@dataclass(frozen=True)
class CertifiedCodeframe:
    """Whether answers are coded automatically in a codeframe, and on how many random answers that rests."""

    label: str
    is_certified: bool
    has_drifted: bool
    n_random: int
    n_codes: int


@dataclass(frozen=True)
class Register:
    """What a run tells of the use of the algorithm."""

    survey: Survey
    codebook: Codebook
    by_person: int
    by_model: int
    by_nobody: int
    codeframes: list[CertifiedCodeframe]
    run: Run


def summarize(run: Run, survey: Survey, codebook: Codebook) -> Register:
    """The facts of a run, as `run.json` has them."""
    certificates = [(codebook.codeframe(name), name, certificate) for name, certificate in run.certificates.items()]
    return Register(
        survey=survey,
        codebook=codebook,
        **{f"by_{who}": sum(counts[who] for counts in run.decided.values()) for who in ("person", "model", "nobody")},
        codeframes=[
            CertifiedCodeframe(
                label=codeframe.label,
                is_certified=certificate.certified,
                has_drifted=name in run.drift and run.drift[name].guarantee_withdrawn,
                n_random=certificate.random_answers,
                n_codes=len(codeframe.codes),
            )
            for codeframe, name, certificate in certificates
        ],
        run=run,
    )


def fields(register: Register) -> dict[str, str | list[str]]:
    """Every field of the standard; what only people know is marked, and what is optional may be empty."""
    template = environment_of(__package__).get_template("register_fields.jinja")
    texts = {
        name: _fitted("".join(template.blocks[name](template.new_context({"register": register}))), most)
        for name, most in FIELDS.items()
    }
    return {name: (text.splitlines() if name in LISTS else text) for name, text in texts.items()}


def render(register: Register) -> str:
    """The entry as Markdown, to read and to complete."""
    return (
        environment_of(__package__).get_template("register.md.jinja").render(register=register, fields=fields(register))
    )


def _fitted(text: str, most: int | None) -> str:
    """Paragraphs, one a line, in the room that the standard gives them."""
    lines = "\n".join(line for line in map(plain, text.splitlines()) if line.strip()).strip()
    return lines if most is None or len(lines) <= most else lines[: most - 1] + "…"
