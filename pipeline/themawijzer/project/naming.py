"""What names nobody in a survey."""

from collections.abc import Iterable

from themawijzer.language.anonymity import Anonymity
from themawijzer.project.project import Project


def anonymity_of(project: Project, groups: Iterable[str]) -> Anonymity:
    """Judges what respondents typed; the codebook's own words may be in it, and those of background groups not."""
    codes = [code for codeframe in project.codebook.codeframes for code in codeframe.codes]
    jargon = [text for code in codes for text in (code.label, code.definition, *code.include, *code.exclude)]
    return Anonymity(jargon, groups)
