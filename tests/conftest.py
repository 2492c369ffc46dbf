"""A small constructed survey that a model can learn from."""

import contextlib
import csv
import io
import os
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest
from hypothesis import settings

# Before NumPy is loaded: at products as small as those of tests, threads mostly wait for each other.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from themawijzer.survey.annotations import Annotation, Unit, append_annotations
from themawijzer.survey.codebook import Codebook
from themawijzer.survey.gold import Gold

settings.register_profile("any speed", deadline=None)  # a busy machine is no failure
settings.load_profile("any speed")

pytest_plugins = ["browser"]

TRAIN = ["de trein is te laat", "meer treinen graag", "treinkaartje te duur", "het spoor is vol", "ns is te laat"]
BIKE = ["veilige fietspaden", "ruimte voor de fiets", "fietsen stallen bij het station", "fiets gestolen", "e-bike"]
BOTH = ["fiets mee in de trein", "met de fiets naar het station en dan de trein", "trein en fiets combineren"]
NONE = ["lekker weer vandaag", "ik werk thuis", "geen mening over vervoer hoor", "mooi kantoor"]


def labelled_answers() -> list[tuple[str, str, str]]:
    """Respondent id, answer, and labels joined by a bar; `geen` where none applies."""
    texts = [
        *((text, "Trein") for text in TRAIN),
        *((text, "Fiets") for text in BIKE),
        *((text, "Trein|Fiets") for text in BOTH),
        *((text, "geen") for text in NONE),
    ]
    varied = [(f"{text}{end}", label) for end in ("", "!", " dus", " in de stad") for text, label in texts]
    return [(f"{number:03d}", text, label) for number, (text, label) in enumerate(varied, start=1)]


def write_labelled_file(path: Path) -> None:
    """A file such as a team has that coded by hand."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["respnr", "provincie", "antwoord", "labels"])
        writer.writerows([number, "Utrecht", text, label] for number, text, label in labelled_answers())


def run(*arguments: object, root: Path, expected: int = 0) -> str:
    """What a command tells. In this process, because every new one would load spaCy again."""
    from themawijzer.cli import main

    with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stdout(io.StringIO()) as out:
        patch.setattr(sys, "argv", ["themawijzer", *map(str, arguments), "--root", str(root)])
        patch.setattr(sys, "stderr", out)
        patch.setenv("COLUMNS", "120")
        with pytest.raises(SystemExit) as ended:
            main()
    assert (ended.value.code or 0) == expected, out.getvalue()
    return out.getvalue()


@pytest.fixture(scope="session")
def team(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which a team with only a labelled file, of a random sample, ran three commands; for copies only."""
    folder = tmp_path_factory.mktemp("team")
    write_labelled_file(folder / "gelabeld.csv")
    options = ["--respondent-id", "respnr", "--question", "antwoord"]
    run("init", "vervoer", "--responses", folder / "gelabeld.csv", *options, root=folder)
    labels = ["--codeframe", "thema", "--labels-column", "labels", "--random-sample"]
    run("import", "vervoer", folder / "gelabeld.csv", *labels, root=folder)
    run("train", "vervoer", root=folder)
    return folder


def gold_of(root: Path, unit: Unit, survey: str = "proef") -> Gold:
    """What people say of a unit that was answered once."""
    from themawijzer.project.project import open_project

    (found,) = (gold for answered, gold in open_project(root, survey).gold.items() if answered[:3] == unit)
    return found


def write_annotations(path: Path, annotations: Iterable[Annotation]) -> None:
    """A coder's file as the program makes a new one; what was there before is gone."""
    path.unlink(missing_ok=True)
    append_annotations(path, annotations, Codebook.model_validate({"title": "t", "version": "1.0.0"}))
