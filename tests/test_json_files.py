"""JSON files that commands leave for each other: what is written is read as it was, and what is damaged is refused."""

import json
from collections.abc import Callable
from functools import reduce
from math import nan
from operator import getitem
from pathlib import Path
from typing import Any

import pytest
from coded_survey import write_coded_survey

from themawijzer.errors import ThemawijzerError
from themawijzer.files import as_json, hash_of
from themawijzer.output.discovered import read_discovered
from themawijzer.output.run_file import Run, read_run
from themawijzer.records.evaluation_file import EvaluationFile, read_evaluation
from themawijzer.records.json_file import Record, facts_of, record_of
from themawijzer.records.manifest import read_manifest


def evaluation_in(path: Path) -> EvaluationFile:
    evaluation = read_evaluation(path)
    assert evaluation
    return evaluation


# Per file who reads it, and the command that makes it anew.
FILES: dict[str, tuple[Callable[[Path], Record], str]] = {
    "coded/klein/run.json": (read_run, "themawijzer classify klein"),
    "coded/klein/discovered.json": (read_discovered, "themawijzer discover klein"),
    "models/klein/evaluation.json": (evaluation_in, "themawijzer evaluate klein"),
    "models/klein/manifest.json": (lambda path: read_manifest(path.parent), "themawijzer train klein"),
}
DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda _: b"",
    "half": lambda content: content[: len(content) // 2],
    "null": lambda _: b"null",
    "list": lambda _: b"[]",
    "number": lambda _: b"1" * 5000,
    "no facts": lambda _: b"{}",
    "deep": lambda _: b'{"sha256":' * 100_000,
    "utf-16": lambda content: content.decode().encode("utf-16"),
    "with a mark": lambda content: content.decode().encode("utf-8-sig"),
    "bytes": lambda content: content.replace(b"klein", b"kl\xe9in").replace(b"huizen", b"hu\xefzen"),
    "half a character": lambda content: content.replace(b"klein", b"\\ud800").replace(b"huizen", b"\\ud800"),
    "not a number": lambda content: content.replace(b"0.7", b"NaN").replace(b"0.9", b"Infinity"),
}


def content_of(root: Path, file: str) -> tuple[Path, Any]:
    write_coded_survey(root)
    return root / file, json.loads((root / file).read_text(encoding="utf-8"))


def sealed(facts: dict[str, Any]) -> dict[str, Any]:
    """The facts with the hash that the program would give them, of a file that has one."""
    if "sha256" not in facts:
        return facts
    rest = {key: value for key, value in facts.items() if key != "sha256"}
    return facts | {"sha256": hash_of(facts.get("codeframes") if "run" in facts else rest)}


def refused(path: Path, file: str) -> str:
    read, command = FILES[file]
    with pytest.raises(ThemawijzerError) as found:
        read(path)
    assert str(found.value).endswith(command)
    assert str(path) in str(found.value) or str(path.parent) in str(found.value)
    return str(found.value)


@pytest.mark.parametrize("file", FILES)
def test_what_is_written_is_read_as_it_was(tmp_path: Path, file: str) -> None:
    path, facts = content_of(tmp_path, file)
    record = FILES[file][0](path)
    again = record_of(as_json(facts_of(record)), type(record))
    assert again == record
    assert (record.text if isinstance(record, Run) else as_json(facts_of(record))) == as_json(facts)


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("file", FILES)
def test_a_damaged_file_is_refused_with_the_command_that_makes_it_anew(tmp_path: Path, file: str, damage: str) -> None:
    path, _ = content_of(tmp_path, file)
    content = DAMAGES[damage](path.read_bytes())
    assert content != path.read_bytes()
    path.write_bytes(content)
    refused(path, file)


def places(facts: Any, place: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """Of all that is in the facts, however deep; of lists the first."""
    parts = facts.items() if isinstance(facts, dict) else enumerate(facts[:1]) if isinstance(facts, list) else ()
    return [found for key, part in parts for found in [(*place, key), *places(part, (*place, key))]]


def changed(facts: Any, place: tuple[str | int, ...], value: object) -> Any:
    """A copy in which something else stands at the place."""
    copy = json.loads(json.dumps(facts))
    value_at(copy, place[:-1])[place[-1]] = value
    return copy


def value_at(facts: Any, place: tuple[str | int, ...]) -> Any:
    return reduce(getitem, place, facts)


@pytest.mark.parametrize("file", FILES)
@pytest.mark.parametrize("value", [[[]], {"weg": [{}]}, "x", True, nan], ids=["list", "part", "text", "true", "nan"])
def test_another_type_anywhere_is_named_even_where_the_hash_is_right(tmp_path: Path, file: str, value: object) -> None:
    path, facts = content_of(tmp_path, file)
    for place in places(facts):
        is_other = value is nan or not isinstance(value_at(facts, place), type(value))
        if is_other and place not in {("sha256",), ("themawijzer",)}:
            path.write_text(json.dumps(sealed(changed(facts, place, value))), encoding="utf-8")
            if place[0] == "configuration" and value == "x" and value_at(facts, place) is None:
                continue  # a text may stand there; test_coded_dataset sees that survey.toml says something else
            assert "`" in refused(path, file), place


@pytest.mark.parametrize("file", FILES)
def test_a_key_too_few_or_too_many_is_named(tmp_path: Path, file: str) -> None:
    path, facts = content_of(tmp_path, file)
    for key in facts.keys() - {"sha256", "themawijzer"}:
        less = {name: value for name, value in facts.items() if name != key}
        path.write_text(json.dumps(sealed(less)), encoding="utf-8")
        told = refused(path, file)
        assert f"key `{key}` is missing" in told
    path.write_text(json.dumps(sealed(facts | {"extra": 1})), encoding="utf-8")
    assert "unknown key `extra`" in refused(path, file)


def test_what_an_answer_may_be_is_not_told(tmp_path: Path) -> None:
    path, facts = content_of(tmp_path, "coded/klein/discovered.json")
    facts["codeframes"][0]["proposals"][0]["bel mij op 06 12345678"] = 1
    path.write_text(json.dumps(sealed(facts)), encoding="utf-8")
    assert "unknown key `codeframes.0.proposals.0.?`" in refused(path, "coded/klein/discovered.json")


def test_statuses_that_are_not_counted_are_refused(tmp_path: Path) -> None:
    path, facts = content_of(tmp_path, "coded/klein/run.json")
    for key, name in (("statuses", "coded"), ("decided", "nobody")):
        less = json.loads(json.dumps(facts))
        del less[key]["v1_thema"][name]
        path.write_text(json.dumps(sealed(less)), encoding="utf-8")
        assert "not every answer is counted" in refused(path, "coded/klein/run.json")


def test_codes_of_an_evaluation_that_are_not_those_of_its_model_are_refused(tmp_path: Path) -> None:
    path, facts = content_of(tmp_path, "models/klein/evaluation.json")
    more = {"codeframe": "plaats"}, {"automatic": facts["evaluations"][0]["automatic"] | {"codes": []}}
    for other in more:
        path.write_text(json.dumps(facts | {"evaluations": [facts["evaluations"][0] | other]}), encoding="utf-8")
        told = refused(path, "models/klein/evaluation.json")
        assert "the codes in `evaluations` are not those in `codeframes`" in told
