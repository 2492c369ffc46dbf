"""The attacks of `python -m benchmarks.attack`, which are harmless, repeatable and would notice."""

import csv
import random
from collections import Counter

from benchmarks.attack import probes, quoting
from benchmarks.attack.__main__ import MOST_MINUTES, SHARES, TITLES, report
from benchmarks.attack.killing import is_leftover
from benchmarks.attack.mutations import changed_bytes, changed_json, changed_rows


def test_a_hundred_answers_that_identify_and_a_hundred_that_do_not_are_all_different():
    with (quoting.HERE / "quotes.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert Counter(row["identifying"] for row in rows) == {"ja": 100, "nee": 100}
    assert len({row["text"].casefold() for row in rows}) == 200


def test_the_same_seed_changes_files_alike_and_another_one_otherwise():
    facts, rows = {"a": 1, "b": {"c": ["x", 2.5]}}, [["nr", "wens"], ["1", "zorg"], ["2", "werk"]]

    def changes(seed):
        chance = random.Random(seed)  # noqa: S311
        return [
            repr((changed_json(facts, chance), changed_rows(rows, chance), changed_bytes(b"abc", chance)))
            for _ in range(9)
        ]

    assert changes(1) == changes(1) != changes(2)
    assert facts == {"a": 1, "b": {"c": ["x", 2.5]}}
    assert rows[1] == ["1", "zorg"]


def test_what_a_killed_command_left_is_told_from_what_belongs_there():
    left = ["base/coded/x/.codings.csv.part", "base-tmp/tmpabc", "base/models/.x-123", "base/a.tmp"]
    belongs = ["base/.cache/words", "base/annotations/x/.lock", "base/coded/x/codings.csv"]
    assert [path for path in [*left, *belongs] if is_leftover(path)] == left


def test_requests_of_strangers_ask_every_view_for_every_reason():
    asked = list(probes.requests(object(), object(), "secret"))
    assert len(asked) > 200
    assert {path for _, _, _, path, _ in asked} >= {*probes.VIEWS, *probes.OUTSIDE}
    assert not [kind for kind, *_, how in asked if kind == "no csrf" and how.get("data")]


def test_the_table_has_a_column_per_version_and_the_time_is_bounded():
    text = report({"version a": {"quotes": {"n": "1"}}, "this version": {"quotes": {"n": "2"}}}, 7, 3)
    assert "seed 7, 3 minutes" in text
    assert "| | version a | this version |" in text
    assert "| n | 1 | 2 |" in text
    assert set(SHARES) < set(TITLES)
    assert sum(SHARES.values()) <= 1
    assert MOST_MINUTES == 15
