"""The weight that an SPSS file declares, which pyreadstat does not tell."""

import shutil
import struct
import subprocess

import pandas as pd
import pytest
from conftest import run
from hypothesis import given
from hypothesis import strategies as st

from themawijzer.commands.init import init_survey
from themawijzer.errors import InputError
from themawijzer.project.project import open_project
from themawijzer.tables.joined import read_joined
from themawijzer.tables.spss import Variable, write_system_file
from themawijzer.tables.table import read_table

WEIGHTS = [0.5, 1.5, 1.0]


def put(path, weights=WEIGHTS, *, weight="weging", others=()):
    """A system file of which `weight` is declared to be the weight, with columns before it of which text is wide."""
    columns = {"nr": ["1", "2", "3"], **{name: ["x" * n] * 3 for name, n in others}, "wens": ["bus", "trein", "fiets"]}
    frame = pd.DataFrame({**columns, "cijfer": [7.0, 8.0, 9.0], "weging": weights})
    variables = [
        Variable(name=name, label="", n_bytes=None if frame[name].dtype == float else frame[name].str.len().max())
        for name in frame
    ]
    write_system_file(path, variables, [frame], title="", note=[], weight=weight)
    return path


def made(root, path, **options):
    return init_survey(root, "proef", path, "nr", columns=["wens"], **options).survey.weight


@given(st.lists(st.integers(1, 600), max_size=4))
def test_the_weight_is_found_behind_text_of_any_width(tmp_path_factory, widths):
    others = [(f"een_lange_naam_{place}", width) for place, width in enumerate(widths)]
    path = put(tmp_path_factory.mktemp("w") / "a.sav", others=others)
    assert read_table(path).declared_weights == ["weging"]
    assert read_table(put(path, weight=None, others=others)).declared_weights == []


def test_a_weight_that_points_to_text_or_nowhere_is_none(tmp_path):
    content = bytearray(put(tmp_path / "a.sav").read_bytes())
    for place in (1, -1, 99):
        struct.pack_into("<i", content, 76, place)
        (tmp_path / "b.sav").write_bytes(content)
        assert read_table(tmp_path / "b.sav").declared_weights == []


SYNTAX = """
DATA LIST LIST /nr (F4.0) wens (A400) kort (A20) gewicht_van_de_respondent (F8.2) v (F2.0).
BEGIN DATA
1 "meer bussen" "a" 0.85 1
2 "minder auto's" "b" 1.15 2
END DATA.
VARIABLE LABELS gewicht_van_de_respondent 'Weegfactor' wens 'Wat wilt u?'.
MISSING VALUES v (9).
SAVE OUTFILE='plain.sav'.
EXPORT OUTFILE='plain.por' /DROP=wens.
WEIGHT BY gewicht_van_de_respondent.
SAVE OUTFILE='w.sav'.
SAVE OUTFILE='w.zsav' /ZCOMPRESSED.
EXPORT OUTFILE='w.por' /DROP=wens.
"""


def pspp(folder, syntax):
    (folder / "do.sps").write_text(syntax, encoding="utf-8")
    command = ["pspp", "-O", "format=csv", "do.sps"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True).stdout


@pytest.mark.skipif(not shutil.which("pspp"), reason="pspp, which writes SPSS files, is not installed")
def test_the_weight_is_found_in_files_that_another_program_wrote(tmp_path):
    pspp(tmp_path, SYNTAX)
    found = {path.name: read_table(path).declared_weights for path in tmp_path.glob("*.*av")}
    found |= {path.name: read_table(path).declared_weights for path in tmp_path.glob("*.por")}
    name = ["gewicht_van_de_respondent"]
    assert found == {"w.sav": name, "w.zsav": name, "w.por": ["GEWICHT_"], "plain.sav": [], "plain.por": []}


@pytest.mark.skipif(not shutil.which("pspp"), reason="pspp, which reads SPSS files, is not installed")
def test_another_program_reads_the_weight_that_we_declare(tmp_path):
    put(tmp_path / "a.sav", others=[("toelichting", 300), ("kort", 9)])
    assert "Weight,weging" in pspp(tmp_path, "SYSFILE INFO 'a.sav'.")


def test_init_takes_the_weight_that_a_file_declares_and_says_so(tmp_path):
    path = put(tmp_path / "a.sav")
    told = run("init", "proef", "--responses", path, "--respondent-id", "nr", "--question", "wens", root=tmp_path)
    assert "Shares are weighted by weging, as the file declares. Without: --no-weight." in told
    assert open_project(tmp_path, "proef").survey.weight == "weging"


@pytest.mark.parametrize(
    ("options", "weight", "told"),
    [
        (["--weight", "cijfer"], "cijfer", "declares weging as its weight; shares are weighted by cijfer"),
        (["--no-weight"], None, "The file declares weging as its weight; shares are not weighted, as you asked."),
        (["--weight", "weging"], "weging", "Shares are weighted by weging, as the file declares."),
    ],
)
def test_init_does_as_it_is_told_with_the_weight(tmp_path, options, weight, told):
    about = ["--responses", put(tmp_path / "a.sav"), "--respondent-id", "nr", "--question", "wens"]
    assert told in run("init", "proef", *about, *options, root=tmp_path)
    assert open_project(tmp_path, "proef").survey.weight == weight


def test_a_weight_and_none_cannot_be_asked_for_together(tmp_path):
    about = ["--responses", put(tmp_path / "a.sav"), "--respondent-id", "nr", "--question", "wens"]
    told = run("init", "proef", *about, "--weight", "weging", "--no-weight", root=tmp_path, expected=2)
    assert "name a weight, or take none" in told


def test_a_respondent_without_the_declared_weight_is_named_with_what_can_be_done(tmp_path):
    path = put(tmp_path / "a.sav", [0.5, float("nan"), 1.0])
    with pytest.raises(InputError) as error:
        made(tmp_path, path)
    assert (error.value.row, error.value.column, error.value.problem) == (3, "weging", "the weight is empty")
    assert "init --no-weight" in str(error.value)
    assert made(tmp_path, path, is_weighted=False) is None


def test_files_that_declare_different_weights_leave_the_choice_to_the_user(tmp_path):
    paths = [put(tmp_path / "jan.sav"), put(tmp_path / "feb.sav", weight="cijfer"), put(tmp_path / "maart.sav")]
    assert read_joined([paths[0], paths[2]]).declared_weights == ["weging"]
    with pytest.raises(InputError, match="the files declare different weights: weging and cijfer"):
        made(tmp_path, paths)


def test_a_survey_without_the_weight_that_the_file_declares_is_told_so_when_it_is_coded(team, tmp_path):
    root = shutil.copytree(team, tmp_path / "team")
    survey = root / "surveys/vervoer/survey.toml"
    path = put(root / "surveys/vervoer/nieuw.sav")
    columns = survey.read_text(encoding="utf-8").replace('"respnr"', '"nr"').replace('"antwoord"', '"wens"')
    survey.write_text(columns, encoding="utf-8")
    told = run("classify", "vervoer", "--input", path, "--formats", "csv", root=root)
    assert "The file declares the weight weging, and surveys/vervoer/survey.toml none" in told
    assert 'weight = "weging"' in told
    survey.write_text('weight = "weging"\n' + columns, encoding="utf-8")
    assert "declares the weight" not in run("classify", "vervoer", "--input", path, "--formats", "csv", root=root)
