"""Which codes tell how far coders agree: those given without seeing another coder's."""

from dataclasses import replace

import pytest
from test_agreement import annotation, codeframe

from themawijzer.coding.coefficients import collect_ratings, measure
from themawijzer.coding.independence import independent
from themawijzer.output.report.quality import agreement_among
from themawijzer.survey.annotations import Annotation, Stream
from themawijzer.survey.codebook import Codebook


def at(minute: int, number: int, codes: str, stream: Stream = "random") -> Annotation:
    return replace(annotation(number, codes), annotated_at=f"2026-01-01T10:{minute:02d}:00Z", stream=stream)


def test_a_second_look_after_another_coder_makes_no_answer_double_coded() -> None:
    """Eight answers of one coder, which a second one saw again with the codes they had."""
    first = [at(number, number, "aap") for number in range(8)]
    second = [at(30 + number, number, "aap", "review") for number in range(8)]
    found = collect_ratings({"codeur-1": first, "codeur-2": second}, codeframe())
    assert (found.n, found.n_single, found.n_seen, found.n_copied) == (0, 8, 8, 0)


def test_what_a_coder_said_before_a_second_look_still_counts() -> None:
    """They disagreed; that one gave way when both codes were shown is no agreement."""
    rows = {"codeur-1": [at(1, 1, "aap"), at(9, 1, "boom", "review")], "codeur-2": [at(2, 1, "boom")]}
    found = collect_ratings(rows, codeframe())
    assert found.patterns == {(frozenset({"aap"}), frozenset({"boom"})): 1}
    assert found.n_seen == 1


@pytest.mark.parametrize("stream", ["random", "active", "import"])
def test_codes_in_other_streams_are_given_without_seeing_others(stream: Stream) -> None:
    rows = {"codeur-1": [at(1, 1, "aap", stream)], "codeur-2": [at(2, 1, "boom", stream)]}
    assert collect_ratings(rows, codeframe()).n == 1


def test_a_review_row_is_blind_until_somebody_else_coded_the_answer() -> None:
    """A list for review holds answers that nobody coded; there is nothing to be seen."""
    rows = {"codeur-1": [at(1, 1, "aap", "review")], "codeur-2": [at(2, 1, "boom", "active")]}
    assert (collect_ratings(rows, codeframe()).n, independent(rows).n_seen) == (1, 0)
    settled = {"codeur-1": [at(3, 1, "aap", "review")], "adjudicated": [at(2, 1, "boom")]}
    assert independent(settled).n_seen == 1


def test_what_a_coder_changed_after_adjudication_does_not_count_unless_the_codebook_brought_it_back() -> None:
    rows = {"codeur-1": [at(1, 1, "aap"), at(4, 1, "boom")], "codeur-2": [at(2, 1, "boom")]}
    found = collect_ratings(rows | {"adjudicated": [at(3, 1, "boom")]}, codeframe())
    assert found.patterns == {(frozenset({"aap"}), frozenset({"boom"})): 1}
    assert (found.n_seen, found.n_left_out) == (1, 1)
    rows["codeur-1"][1] = replace(rows["codeur-1"][1], codebook_version="1.1.0")
    found = collect_ratings(rows | {"adjudicated": [at(3, 1, "boom")]}, codeframe())
    assert found.patterns == {(frozenset({"boom"}), frozenset({"boom"})): 1}


def test_the_report_says_how_many_codings_were_left_out() -> None:
    first, second = [at(number, number, "aap") for number in range(3)], [at(9, 0, "aap"), at(9, 1, "aap", "review")]
    codebook = Codebook.model_validate(
        {"title": "t", "version": "1.0.0", "codeframe": [codeframe().model_dump(by_alias=True)]}
    )
    (found,) = agreement_among({"codeur-1": first, "codeur-2": second}, codebook, seed=0)
    assert (found.n, found.n_left_out) == (1, 1)


def test_copied_rows_do_not_lift_alpha() -> None:
    codes = ["aap", "boom", "cent"]
    own = [at(number, number, codes[number % 3]) for number in range(40)]
    other = [at(51, 100 + number, "aap") for number in range(12)]
    said = [replace(at(50, number, codes[(number + (number % 4 == 0)) % 3]), text="t") for number in range(12)]
    honest = {"codeur-1": own, "codeur-2": [*said, *other]}
    copied = {"codeur-1": own, "codeur-2": [*said, *other, *own[12:34]]}
    whole, with_copies = (measure(collect_ratings(rows, codeframe()), seed=0)[0] for rows in (honest, copied))
    assert whole == with_copies
    assert collect_ratings(copied, codeframe()).n_copied == 22


def test_rows_that_were_brought_in_at_one_moment_are_no_copies() -> None:
    rows = [at(1, 1, "aap"), at(1, 2, "boom")]
    found = collect_ratings({"codeur-1": rows, "codeur-2": list(rows)}, codeframe())
    assert (found.n, found.n_copied) == (2, 0)
