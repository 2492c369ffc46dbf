"""What may be a respondent's text is never printed, whatever is wrong with a file; nor is what steers a terminal."""

import contextlib
import io
import json
import shutil
import sys
from itertools import product
from pathlib import Path

import openpyxl
import pytest

from themawijzer.cli import main
from themawijzer.cli.harmless import harmless

NAME = "Zzyxquist"  # looks like a name, an id, a code
SURVEY = [
    ["nr", "weging", "gemeente", "wens", "labels", "codeur", "fiets", "trein"],
    ["1", "0.5", "Ede", "meer bussen", "fiets", "ann", "1", "0"],
    ["2", "1.5", "Ede", "een trein", "trein", "ann", "0", "1"],
    ["3", "1.0", "Epe", "een fiets", "fiets|trein", "bob", "1", "1"],
]
ANNOTATIONS = [
    ["respondent_id", "question", "codeframe", "codes", "coder", "annotated_at", "codebook_version", "stream", "text"],
    ["1", "v1", "thema", "fiets", "ann", "2025-01-01T10:00:00Z", "1.0.0", "random", "meer bussen"],
    ["2", "v1", "thema", "fiets|trein", "ann", "2025-01-01T10:00:00Z", "1.0.0", "random", "een trein"],
]
WIDE = [
    ["respondent_id", "question", "codeframe", "fiets", "trein", "geen"],
    ["1", "v1", "thema", "x", "", ""],
    ["2", "v1", "thema", "", "x", ""],
]
LONG = [
    ["respondent_id", "question", "codeframe", "code"],
    ["1", "v1", "thema", "fiets"],
    ["2", "v1", "thema", "trein"],
]
BY_NAME = ["--respondent-id", "nr", "--question", "wens", "--weight", "weging", "--background", "gemeente"]
BY_LETTER = ["--respondent-id", "A", "--question", "D", "--weight", "B", "--background", "C", "--keep", "E"]
WAYS_IN = [BY_NAME, BY_LETTER, ["--respondent-id", "nr", "--question", "Zzyxquis"]]
WAYS_BACK = [
    ["--labels-column", "labels"],
    ["--labels-column", "E", "--text-column", "D", "--id-column", "A", "--coder-column", "F"],
    ["--code-column", "fiets", "--code-column", "trein"],
    ["--code-column", "G", "--long", "--coder-column", "codeur"],
    ["--labels-column", "D"],
    ["--labels-column", "Zzyxquis"],
    [],
]


def told(*arguments: object, root: Path) -> str:
    """What a command prints, however it ends, which is never by a fault of the program."""
    with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stdout(io.StringIO()) as out:
        patch.setattr(sys, "argv", ["themawijzer", *map(str, arguments), "--root", str(root)])
        patch.setattr(sys, "stderr", out)
        with pytest.raises(SystemExit) as ended:
            main()
    assert ended.value.code in (None, 0, 1, 2, 3), out.getvalue()
    return out.getvalue()


def planted(rows: list[list[str]], text: str, *, but: tuple[str, ...] = ()) -> list[list[list[str]]]:
    """The rows with the text in one cell, for each of the first two but in some columns; and without a header."""
    found = []
    for row, name in product((1, 2), [name for name in rows[0] if name not in but]):
        own = [list(cells) for cells in rows]
        own[row][rows[0].index(name)] = text
        found.append(own)
    first = [cell if cell[:1].isdigit() else f"{text} {place}" for place, cell in enumerate(rows[1])]
    return [*found, [first, *rows[2:]], rows[1:]]


def put(path: Path, rows: list[list[str]]) -> Path:
    if path.suffix == ".xlsx":
        book = openpyxl.Workbook()
        for row in rows:
            book.active.append(row)
        book.save(path)
    else:
        path.write_text("".join(",".join(f'"{cell}"' for cell in row) + "\n" for row in rows), encoding="utf-8")
    return path


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A survey with two codes."""
    told("init", "proef", "--responses", put(tmp_path / "in.csv", SURVEY), *BY_NAME, root=tmp_path)
    labels = ["--codeframe", "thema", "--labels-column", "labels"]
    assert "fiets, trein" in told("import", "proef", tmp_path / "in.csv", *labels, root=tmp_path)
    return tmp_path


def fresh(root: Path) -> Path:
    """A copy of the folder."""
    copy = root / "copy"
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(root, copy, ignore=shutil.ignore_patterns("copy"))
    return copy


@pytest.mark.parametrize(
    ("text", "ending"),
    [(NAME, "csv"), (NAME, "xlsx"), (f"{NAME} wil meer bussen", "csv"), (f"={NAME}\n- {NAME}", "csv")],
)
def test_init_tells_nothing_that_may_be_an_answer(tmp_path: Path, text: str, ending: str) -> None:
    for rows in planted([row[:5] for row in SURVEY], text):
        file = put(tmp_path / f"in.{ending}", rows)
        for way in WAYS_IN:
            shutil.rmtree(tmp_path / "surveys", ignore_errors=True)
            shutil.rmtree(tmp_path / "annotations", ignore_errors=True)
            assert NAME not in told("init", "proef", "--responses", file, *way, root=tmp_path).replace(way[-1], "")


def test_import_tells_nothing_that_may_be_an_answer(root: Path) -> None:
    for rows in planted(SURVEY, NAME, but=("labels", "codeur")):  # which people wrote who code
        file = put(root / "labels.csv", rows)
        for way in WAYS_BACK:
            said = told("import", "proef", file, "--codeframe", "thema", *way, root=fresh(root))
            assert NAME.casefold() not in said.casefold().replace("zzyxquis:", ""), (rows, way)


@pytest.mark.parametrize("rows", [ANNOTATIONS, WIDE, LONG])
def test_what_comes_back_tells_nothing_that_may_be_an_answer(root: Path, rows: list[list[str]]) -> None:
    for own in planted(rows, NAME, but=("coder",)):
        file = put(root / "back.csv", own)
        for way in (["--coder", "ann"], []):
            assert NAME.casefold() not in told("import", "proef", file, *way, root=fresh(root)).casefold(), own


@pytest.mark.parametrize("file", ["surveys/proef/responses.csv", "annotations/proef/import.csv"])
def test_commands_on_a_damaged_file_tell_nothing_that_may_be_an_answer(root: Path, file: str) -> None:
    rows = SURVEY if "surveys" in file else ANNOTATIONS
    for own in planted(rows, NAME, but=("coder",)):
        copy = fresh(root)
        put(copy / file, own)
        for command in (["sample", "proef"], ["export", "proef"], ["agreement", "proef"], ["train", "other"]):
            assert NAME not in told(*command, root=copy), own
        assert NAME not in told("worksheet", "proef", "--coder", "ann", root=copy), own


STEERING = ["\x1b[31m", "\x07", "\x9b31m", "\u202e", "\u2066", "\r", "\x85"]


@pytest.mark.parametrize("signs", STEERING)
def test_nothing_that_is_printed_steers_the_terminal(tmp_path: Path, signs: str) -> None:
    file = put(tmp_path / f"in{signs}.csv", SURVEY)
    for arguments in (
        ["init", "proef", "--responses", file, *BY_NAME],
        ["init", f"x{signs}", "--responses", file, *BY_NAME],
        ["init", "twee", "--responses", file, "--respondent-id", f"n{signs}", "--question", "wens"],
        ["import", "proef", file, f"te{signs}veel"],
        ["sample", "proef", "--input", tmp_path / f"weg{signs}"],
    ):
        said = told(*arguments, root=tmp_path)
        assert (harmless(said), any(sign in said for sign in signs if not sign.isprintable())) == (said, False)


def test_lines_tabs_and_letters_pass() -> None:
    assert harmless("één\tregel\nen 日本 🚲") == "één\tregel\nen 日本 🚲"
    assert harmless("a\x1b[2Jb\x00c\u202ed\u2069e\x9bf\x7f") == "a\ufffd[2Jb\ufffdc\ufffdd\ufffde\ufffdf\ufffd"


OTHERS = [
    [{"id": 1, "data": {"text": NAME, "id": NAME}, "annotations": [{"result": [{"type": NAME, "value": {NAME: 1}}]}]}],
    [{"data": {"text": NAME}, "annotations": [{"result": [{"type": "choices", "value": {"choices": [[NAME]]}}]}]}],
    [{"id": NAME, "text": NAME, "label": [[0, NAME, NAME]]}],
    [{"text": NAME, "label": {NAME: NAME}}, {"text": [NAME]}],
    NAME,
]


@pytest.mark.parametrize("said", OTHERS)
@pytest.mark.parametrize("cut", [0, 1])
def test_a_file_of_another_program_tells_nothing_that_may_be_an_answer(root: Path, said: object, cut: int) -> None:
    text = json.dumps(said)
    for name in ("back.json", "back.jsonl", "back.qdpx"):
        (root / name).write_text(text[: len(text) - cut], encoding="utf-8")
        for way in (["--codeframe", "thema"], ["--codeframe", "thema", "--coder", "ann"], []):
            assert NAME not in told("import", "proef", root / name, *way, root=fresh(root)), (name, way)


@pytest.mark.parametrize("file", ["surveys/proef/responses.csv", "annotations/proef/import.csv"])
def test_what_learns_or_publishes_tells_nothing_that_may_be_an_answer(root: Path, file: str) -> None:
    rows = SURVEY if "surveys" in file else ANNOTATIONS
    for own in planted(rows, NAME, but=("coder",)):
        copy = fresh(root)
        put(copy / file, own)
        for command in ("train", "classify", "evaluate", "report", "discover"):
            assert NAME not in told(command, "proef", root=copy), (command, own)
