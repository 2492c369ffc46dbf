"""Only what is asked in the same words, and means the same, is compared."""

import pytest

from themawijzer.survey.codebook import TO_BE_FILLED_IN, Codeframe
from themawijzer.survey.comparability import Obstacle, comparable_codes, match_questions, tell_obstacles
from themawijzer.survey.survey import Survey


def frame(*codes: dict[str, object]) -> Codeframe:
    defaults = {"value": 1, "label": "Wonen", "definition": "Over huizen."}
    numbered = [{"id": f"extra{place}", "value": 90 + place} for place in range(1)]
    return Codeframe.model_validate(
        {"id": "thema", "label": "Thema", "code": [defaults | code for code in (*codes, *numbered)]}
    )


@pytest.mark.parametrize(
    ("change", "obstacle"),
    [
        ({"label": "Huisvesting"}, None),
        ({"include": ["huur"]}, None),
        ({"value": 2}, Obstacle.OTHER_VALUE),
        ({"definition": "Over huizen en straten."}, Obstacle.OTHER_DEFINITION),
        ({"parent": "extra0"}, Obstacle.OTHER_PARENT),
        ({"id": "huizen", "value": 3}, Obstacle.GONE),
    ],
)
def test_a_code_is_comparable_when_it_means_the_same(change: dict[str, object], obstacle: Obstacle | None) -> None:
    found = comparable_codes(frame({"id": "wonen"}), frame({"id": "wonen"} | change))
    assert found.left_out.get("wonen") == obstacle
    assert ("wonen" in found.codes) == (obstacle is None)


def test_a_code_without_a_definition_means_nothing_yet() -> None:
    undefined = frame({"id": "wonen", "definition": TO_BE_FILLED_IN})
    assert comparable_codes(undefined, undefined).left_out == {"wonen": Obstacle.UNDEFINED}


def test_codes_that_are_left_out_are_told_by_the_reason() -> None:
    first = frame({"id": "wonen"}, {"id": "zorg", "value": 2})
    second = frame({"id": "wonen", "value": 3}, {"id": "werk", "value": 4}, {"id": "zorg", "value": 5})
    told = tell_obstacles(comparable_codes(first, second).left_out)
    assert told == "another value: wonen, zorg; added: werk"


def survey(**questions: str) -> Survey:
    listed = [{"id": name, "column": name, "text": text} for name, text in questions.items()]
    return Survey.model_validate({"title": "t", "responses": "r.csv", "respondent_id": "nr", "question": listed})


@pytest.mark.parametrize(
    ("first", "second", "matched"),
    [
        ({"v1": "Wat wenst u?"}, {"v1": "Wat wenst u?"}, [("v1", "v1")]),
        ({"v1": "Wat wenst u?"}, {"v7": "wat  wenst u?"}, [("v1", "v7")]),
        ({"v1": "Wat wenst u?"}, {"v1": "Wat vreest u?"}, []),
        ({"v1": "x", "v2": "x"}, {"v2": "x", "v1": "x"}, [("v1", "v1"), ("v2", "v2")]),
        ({"v1": "x", "v2": "x"}, {"v5": "x"}, [("v1", "v5")]),
    ],
)
def test_questions_are_the_same_when_their_text_is(first, second, matched) -> None:
    found = match_questions(survey(**first), survey(**second))
    assert [(one.id, other.id) for one, other in found] == matched
