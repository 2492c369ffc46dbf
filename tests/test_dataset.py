import csv
import hashlib
import shutil
from errno import ENOSPC
from pathlib import Path

import numpy as np
import pytest
from filelock import FileLock
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from themawijzer.coding.cell_shares import Method, Refusal, Share
from themawijzer.coding.codings import CodedBlock, Coding, Status, coding_by_model, coding_by_person, coding_undecided
from themawijzer.coding.decisions import Decision
from themawijzer.coding.review import ReviewList, review_items
from themawijzer.coding.tallies import Cell, Per, ShareScope
from themawijzer.errors import InputError, ThemawijzerError
from themawijzer.files import sha256
from themawijzer.output.csv_tables import prevalence_frame
from themawijzer.output.dataset import DatasetWriter, Format
from themawijzer.output.dictionary import data_dictionary
from themawijzer.survey.annotations import AnsweredUnit
from themawijzer.survey.codebook import Codebook
from themawijzer.survey.gold import Gold
from themawijzer.survey.responses import Responses, read_responses
from themawijzer.survey.survey import Survey
from themawijzer.tables.table import read_table

UNKNOWN, NO, REVIEW, YES = Decision.UNKNOWN, Decision.NO, Decision.REVIEW, Decision.YES
CODEBOOK = Codebook.model_validate(
    {
        "title": "Proef",
        "version": "1.2.0",
        "codeframe": [
            {
                "id": "sector",
                "label": "Sector",
                "code": [
                    {"id": "zorg", "value": 1, "label": "Zorg; welzijn", "definition": "Zorg, en wat erbij hoort."},
                    {"id": "bouw", "value": 2, "label": "Bouw", "definition": "Bouwen."},
                ],
            },
            {
                "id": "partner",
                "label": "Partner",
                "code": [{"id": "uwv", "value": 1, "label": "UWV", "definition": "Het UWV."}],
            },
        ],
    }
)
SURVEY = Survey.model_validate(
    {
        "title": "Proef",
        "responses": "responses.csv",
        "respondent_id": "nr",
        "weight": "weging",
        "question": [{"id": "v1", "column": "V1", "text": "Waar zet u op in?", "codeframes": ["sector", "partner"]}],
    }
)
WITHOUT_CODEFRAMES = Survey.model_validate(
    SURVEY.model_dump(exclude={"questions"}) | {"question": [{"id": "v1", "column": "V1", "text": "?"}]}
)
RESPONSES = (
    "nr,postcode,weging,V1,opmerking\n"
    '001,0123,0.85,"zorg, en ""bouw""",=1+1\n'
    '002,1012,1.2,"uwv\nen meer",-5\n'
    "003,,1.0,,'t kan\n"
    "004,9999,0.95,+bouw,@jan\n"
)
PLAIN = Format()
N_ANNOTATIONS = {AnsweredUnit("004", "v1", "partner", ("+bouw",)): 3}
ANSWERS = ShareScope(Per.ANSWER, "v1", "sector", ("zorg", "bouw"))
RESPONDENTS = ShareScope(Per.RESPONDENT, "", "sector", ("zorg", "bouw"))
SHARES = [
    Share(ANSWERS, "zorg", Cell(), 400, 60, 310, 0.5, 0.45678, 0.4, 0.51, 93.7, Method.ESTIMATED),
    Share(ANSWERS, "bouw", Cell(), 400, 60, 400, 0.25, 0.25, 0.25, 0.25, 400, Method.COUNTED),
    Share(ANSWERS, "bouw", Cell("wijk", "Noord"), 30, 12, refusal=Refusal.TOO_FEW, needed=18),
    Share(RESPONDENTS, "bouw", Cell(), 400, 0, 64, 0.125, refusal=Refusal.NOT_RANDOM, needed=50),
    Share(RESPONDENTS, "bouw", Cell("wijk", "Oost"), 60, 9, refusal=Refusal.NOT_RANDOM, needed=7, n_left=7),
    Share(RESPONDENTS, "zorg", Cell("wijk", "=Zuid"), refusal=Refusal.SMALL_CELL),
]


def read(folder: Path, text: str = RESPONSES, survey: Survey = SURVEY) -> Responses:
    (folder / "in").mkdir(exist_ok=True)
    path = folder / "in" / "responses.csv"
    path.write_text(text, encoding="utf-8", newline="")
    return read_responses(survey, path)


def by_model(decisions: list[int], assigned: list[bool], probabilities: list[float], **evidence: str) -> Coding:
    return coding_by_model(
        np.array(decisions, dtype=np.int8), np.array(assigned), np.array(probabilities, dtype=np.float32), evidence
    )


def coded_blocks() -> list[CodedBlock]:
    (question,) = SURVEY.questions
    sector, partner = CODEBOOK.codeframes
    by_sector = [
        by_model([REVIEW, REVIEW], [True, True], [0.91, 0.5123], zorg="zorg", bouw="bouw"),
        by_model([NO, NO], [False, False], [0.02, 0.1]),
        coding_undecided(Status.EMPTY, 2),
        coding_by_person(sector.code_ids, Gold(frozenset({"bouw"}), frozenset(), "+bouw", ("jan",), is_random=False)),
    ]
    by_partner = [
        by_model([UNKNOWN], [False], [float("nan")]),
        by_model([UNKNOWN], [False], [float("nan")]),
        coding_undecided(Status.EMPTY, 1),
        coding_undecided(Status.NOT_DUTCH, 1),
    ]
    return [CodedBlock(question, sector, by_sector), CodedBlock(question, partner, by_partner)]


def write(
    folder: Path, responses: Responses, style: Format, *, chunk: int = 4, replaces: str = ""
) -> tuple[Path, DatasetWriter]:
    """What `classify` does with these codings."""
    coded = folder / "coded" / "proef"
    items = ReviewList()
    with DatasetWriter(coded, responses, CODEBOOK, style, replaces=replaces) as writer:
        for start in range(0, len(responses), chunk):
            part = [
                CodedBlock(block.question, block.codeframe, block.codings[start : start + chunk])
                for block in coded_blocks()
            ]
            writer.add(start, part)
            for block in part:
                items.add(review_items(start, block, None))
        writer.add_review(items.by_gain(), N_ANNOTATIONS)
        writer.write("prevalence.csv", prevalence_frame(SHARES, CODEBOOK, 5, style))
        writer.write("codebook.csv", data_dictionary(writer.columns, CODEBOOK, style=style))
    return coded, writer


def write_all(folder: Path, style: Format = PLAIN, **options: int) -> dict[str, str]:
    coded, _ = write(folder, read(folder), style, **options)
    return {path.name: path.read_bytes().decode() for path in coded.iterdir()}


def rows_of(text: str, delimiter: str = ",") -> list[list[str]]:
    return list(csv.reader(text.removeprefix("\ufeff").splitlines(keepends=True), delimiter=delimiter))


# The files, letter by letter


def test_the_files_for_machines(tmp_path):
    files = write_all(tmp_path, Format(has_probabilities=True))
    assert sorted(files) == [
        "codebook.csv", "codings.csv", "prevalence.csv", "probabilities.csv", "responses_coded.csv", "review.csv",
    ]  # fmt: skip
    assert files["responses_coded.csv"] == (
        "nr,postcode,weging,V1,opmerking,v1_sector,v1_sector_status,v1_sector_zorg,v1_sector_bouw,"
        "v1_sector_geen,v1_partner,v1_partner_status,v1_partner_uwv,v1_partner_geen\n"
        '001,0123,0.85,"zorg, en ""bouw""",\'=1+1,,review,,,,,none_applies,,1\n'
        '002,1012,1.2,"uwv\nen meer",-5,,none_applies,0,0,1,,none_applies,,1\n'
        "003,,1.0,,'t kan,,empty,,,,,empty,,\n"
        "004,9999,0.95,'+bouw,'@jan,Bouw,coded,0,1,0,,not_dutch,,\n"
    )
    assert files["codings.csv"] == (
        "respondent_id,question,codeframe,code,label,probability,decision,source,evidence\n"
        "001,v1,sector,zorg,Zorg; welzijn,0.9100,review,model,zorg\n"
        "001,v1,sector,bouw,Bouw,0.5123,review,model,bouw\n"
        "004,v1,sector,bouw,Bouw,,person,person,\n"
    )
    assert files["review.csv"] == (
        "respondent_id,question,codeframe,codes,text,annotated_at,codebook_version,stream,note,"
        "suggested,reason,reason_code,n_annotations\n"
        '001,v1,sector,,"zorg, en ""bouw""",,1.2.0,review,,zorg|bouw,"onzeker, vooral over: Bouw",uncertain_share,0\n'
        "004,v1,partner,,'+bouw,,1.2.0,review,,,niet in het Nederlands,not_dutch,3\n"
    )
    assert files["probabilities.csv"] == (
        "respondent_id,question,codeframe,code,probability\n"
        "001,v1,sector,zorg,0.9100\n"
        "001,v1,sector,bouw,0.5123\n"
        "002,v1,sector,zorg,0.0200\n"
        "002,v1,sector,bouw,0.1000\n"
        "001,v1,partner,uwv,\n"
        "002,v1,partner,uwv,\n"
    )


def test_the_files_for_dutch_excel(tmp_path):
    files = write_all(tmp_path, Format(for_dutch_excel=True, has_probabilities=True))
    assert files["responses_coded.csv"] == (
        "\ufeffnr;postcode;weging;V1;opmerking;v1_sector;v1_sector_status;v1_sector_zorg;v1_sector_bouw;"
        "v1_sector_geen;v1_partner;v1_partner_status;v1_partner_uwv;v1_partner_geen\n"
        '001;0123;0,85;"zorg, en ""bouw""";\'=1+1;;review;;;;;none_applies;;1\n'
        '002;1012;1,2;"uwv\nen meer";-5;;none_applies;0;0;1;;none_applies;;1\n'
        "003;;1,0;;'t kan;;empty;;;;;empty;;\n"
        "004;9999;0,95;'+bouw;'@jan;Bouw;coded;0;1;0;;not_dutch;;\n"
    )
    assert files["codings.csv"] == (
        "\ufeffrespondent_id;question;codeframe;code;label;probability;decision;source;evidence\n"
        '001;v1;sector;zorg;"Zorg; welzijn";0,9100;review;model;zorg\n'
        "001;v1;sector;bouw;Bouw;0,5123;review;model;bouw\n"
        "004;v1;sector;bouw;Bouw;;person;person;\n"
    )
    assert files["probabilities.csv"].splitlines()[2] == "001;v1;sector;bouw;0,5123"
    assert files["prevalence.csv"].splitlines()[1] == (
        'answer;v1;sector;zorg;"Zorg; welzijn";;;substantive;400;60;310;0,5000;0,4568;0,4000;0,5100;94;geschat;'
    )


def test_one_answer_is_one_in_dutch():
    shares = [
        Share(ANSWERS, "bouw", Cell("wijk", "Noord"), 14, 1, refusal=Refusal.TOO_FEW, needed=13, n_left=13),
        Share(ANSWERS, "bouw", Cell(), 60, 1, refusal=Refusal.TOO_FEW, needed=1, n_left=1),
        Share(RESPONDENTS, "bouw", Cell(), 60, 9, refusal=Refusal.NOT_RANDOM, needed=1, n_left=1),
    ]
    assert prevalence_frame(shares, CODEBOOK, 5, PLAIN)["refusal"].tolist() == [
        "1 willekeurig gekozen antwoord, alle 14 nodig: nog 13 te coderen",
        "1 willekeurig gekozen antwoord, te weinig om te schatten; codeer ook het ene antwoord dat nog niemand "
        "codeerde, dan is het aandeel geteld",
        "9 willekeurig gekozen respondenten, te weinig om te schatten; codeer ook de ene respondent van wie nog niet "
        "alles is gecodeerd, dan is het aandeel geteld",
    ]


def test_shares_are_written_with_their_interval_or_the_reason_why_not(tmp_path):
    assert write_all(tmp_path)["prevalence.csv"] == (
        "per,question,codeframe,code,label,background,group,base,n,n_audit,n_decided,raw_share,share,low,high,"
        "effective_n,method,refusal\n"
        "answer,v1,sector,zorg,Zorg; welzijn,,,substantive,400,60,310,0.5000,0.4568,0.4000,0.5100,94,geschat,\n"
        "answer,v1,sector,bouw,Bouw,,,substantive,400,60,400,0.2500,0.2500,,,400,geteld (volledig),\n"
        "answer,v1,sector,bouw,Bouw,wijk,Noord,substantive,30,12,,,,,,,,"
        '"12 willekeurig gekozen antwoorden, alle 30 nodig: nog 18 te coderen"\n'
        "respondent,,sector,bouw,Bouw,,,substantive,400,0,64,0.1250,,,,,,"
        '"0 willekeurig gekozen respondenten, 50 nodig: nog 50 te coderen, met al hun antwoorden '
        '(antwoorden die mensen zelf kozen tellen niet mee)"\n'
        "respondent,,sector,bouw,Bouw,wijk,Oost,substantive,60,9,,,,,,,,"
        '"9 willekeurig gekozen respondenten, te weinig om te schatten; codeer ook de 7 respondenten van wie nog niet '
        'alles is gecodeerd, dan is het aandeel geteld"\n'
        "respondent,,sector,zorg,Zorg; welzijn,wijk,'=Zuid,substantive,,,,,,,,,,"
        '"niet getoond: minder dan 5 respondenten, of een kleinere groep is eruit te berekenen"\n'
    )


def test_only_numbers_with_decimals_get_a_comma(tmp_path):
    text = "nr,weging,datum,versie,V1\n1.5,1,1.2.2021,2.1,3.5\n2.5,2,,,4.5\n"
    files = {}
    for name, style in {"nl": Format(for_dutch_excel=True), "en": Format()}.items():
        responses = read(tmp_path, text, survey=WITHOUT_CODEFRAMES)
        writer = DatasetWriter(tmp_path / name, responses, CODEBOOK, style)
        with writer:
            writer.add(0, [])  # no question has a codeframe
        files[name] = (tmp_path / name / "responses_coded.csv").read_text(encoding="utf-8-sig")
    assert files["nl"] == "nr;weging;datum;versie;V1\n1.5;1;1.2.2021;2,1;3.5\n2.5;2;;;4.5\n"
    assert files["en"] == text


# The formula guard


def test_guarded_cells_are_counted_per_file(tmp_path):
    _, writer = write(tmp_path, read(tmp_path), Format())
    assert writer.guarded == {
        "responses_coded.csv": 3,
        "review.csv": 1,
        "codings.csv": 0,
        "prevalence.csv": 1,
        "codebook.csv": 0,
    }


@pytest.mark.parametrize("chunk", [1, 2])
def test_guarded_cells_are_counted_over_all_chunks(tmp_path, chunk):
    """A name is one cell, however often its column is written to."""
    responses = read(tmp_path, RESPONSES.replace("opmerking", "=opmerking"))
    _, writer = write(tmp_path, responses, Format(), chunk=chunk)
    assert writer.guarded["responses_coded.csv"] == 4


def test_without_the_guard_cells_stay_as_typed(tmp_path):
    coded, writer = write(tmp_path, read(tmp_path), Format(has_formula_guard=False))
    rows = rows_of((coded / "responses_coded.csv").read_text(encoding="utf-8"))
    assert rows[1][4] == "=1+1"
    assert rows[-1][3:5] == ["+bouw", "@jan"]
    assert writer.guarded.total() == 0


# Input columns come through


@pytest.mark.parametrize("style", [Format(), Format(for_dutch_excel=True), Format(has_formula_guard=False)])
@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    cells=st.lists(st.text(alphabet=st.sampled_from("ab1é=+-@'\",;|\t\r\n .👍"), max_size=6), min_size=1, max_size=4)
)
@example(cells=["a\rb"])
@example(cells=["'=1", "=1", "'", "-", "\t"])
def test_our_own_reader_gives_every_input_cell_back(tmp_path, style, cells):
    body = "".join(f'{number},1,"{cell.replace(chr(34), chr(34) * 2)}"\n' for number, cell in enumerate(cells))
    responses = read(tmp_path, f"nr,weging,V1\n{body}")
    with DatasetWriter(tmp_path / "coded", responses, CODEBOOK, style) as writer:
        writer.add(0, blocks_of_nothing(len(cells)))
    back = read_table(tmp_path / "coded" / "responses_coded.csv").frame
    plain = responses.table.frame
    if not style.has_formula_guard:  # a reader can't know that an apostrophe was typed
        plain = read_table(tmp_path / "in" / "responses.csv").frame
        with_apostrophe = plain["V1"].str.startswith("'")
        back, plain = back[~with_apostrophe], plain[~with_apostrophe]
    assert back["V1"].tolist() == plain["V1"].tolist()
    assert back["nr"].tolist() == plain["nr"].tolist()


def blocks_of_nothing(n: int) -> list[CodedBlock]:
    return [
        CodedBlock(SURVEY.questions[0], codeframe, [coding_undecided(Status.EMPTY, len(codeframe.codes))] * n)
        for codeframe in CODEBOOK.codeframes
    ]


def test_input_columns_come_first_unchanged_and_in_order(tmp_path):
    coded, _ = write(tmp_path, read(tmp_path), Format())
    frame = read_table(coded / "responses_coded.csv").frame
    assert frame.iloc[:, :5].equals(read(tmp_path).table.frame)


@pytest.mark.parametrize("chunk", [1, 2, 3])
@pytest.mark.parametrize("for_dutch_excel", [False, True])
def test_chunks_give_the_same_bytes_as_one_chunk(tmp_path, chunk, for_dutch_excel):
    style = Format(for_dutch_excel=for_dutch_excel)
    whole, parts = write_all(tmp_path, style), write_all(tmp_path, style, chunk=chunk)
    assert parts["responses_coded.csv"] == whole["responses_coded.csv"]
    assert parts["review.csv"] == whole["review.csv"]
    assert sorted(parts["codings.csv"].splitlines()) == sorted(whole["codings.csv"].splitlines())


def test_the_same_input_gives_the_same_bytes(tmp_path):
    assert write_all(tmp_path, Format(has_probabilities=True)) == write_all(tmp_path, Format(has_probabilities=True))


def test_with_nothing_for_people_review_has_a_header_only(tmp_path):
    with DatasetWriter(tmp_path / "coded", read(tmp_path), CODEBOOK, Format()) as writer:
        writer.add_review([], {})
    assert (tmp_path / "coded" / "review.csv").read_text() == (
        "respondent_id,question,codeframe,codes,text,annotated_at,codebook_version,stream,note,"
        "suggested,reason,reason_code,n_annotations\n"
    )


# Whole or not at all


def snapshot(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def write_half(folder: Path, responses: Responses) -> None:
    with DatasetWriter(folder, responses, CODEBOOK, PLAIN) as writer:
        writer.add(0, [CodedBlock(block.question, block.codeframe, block.codings[:2]) for block in coded_blocks()])
        raise KeyboardInterrupt


def test_a_run_that_dies_leaves_the_previous_output_whole(tmp_path):
    responses = read(tmp_path)
    write(tmp_path, responses, Format(has_probabilities=True))
    before = snapshot(tmp_path)
    with pytest.raises(KeyboardInterrupt):
        write_half(tmp_path / "coded" / "proef", responses)
    assert snapshot(tmp_path) == before
    assert [path.name for path in (tmp_path / "coded").iterdir()] == ["proef"]


def test_a_first_run_that_dies_leaves_nothing(tmp_path):
    with pytest.raises(ZeroDivisionError), DatasetWriter(tmp_path / "coded", read(tmp_path), CODEBOOK, Format()):
        _ = 1 / 0
    assert [path.name for path in tmp_path.iterdir()] == ["in"]


def test_a_run_that_ends_leaves_no_folder_beside_it(tmp_path):
    write(tmp_path, read(tmp_path), Format())
    assert [path.name for path in (tmp_path / "coded").iterdir()] == ["proef"]


def test_a_file_that_cannot_be_replaced_leaves_all_files_as_they_were(tmp_path):
    responses = read(tmp_path)
    coded, _ = write(tmp_path, responses, Format())
    (coded / "review.csv").unlink()
    (coded / "review.csv").mkdir()  # as good as a file that Excel has locked
    before = snapshot(tmp_path)
    with pytest.raises(ThemawijzerError, match=r"review\.csv cannot be replaced\nClose it in Excel and run again\."):
        write(tmp_path, responses, Format(for_dutch_excel=True))
    assert snapshot(tmp_path) == before
    assert [path.name for path in (tmp_path / "coded").iterdir()] == ["proef"]


def test_a_disk_that_is_full_when_files_are_moved_is_not_taken_for_a_file_that_is_open(tmp_path, monkeypatch):
    responses = read(tmp_path)
    write(tmp_path, responses, Format())
    before = snapshot(tmp_path)
    monkeypatch.setattr("os.fsync", lambda _: (_ for _ in ()).throw(OSError(ENOSPC, "No space left on device")))
    with pytest.raises(OSError, match="No space left") as refused:
        write(tmp_path, responses, Format(for_dutch_excel=True))
    assert refused.value.filename is not None
    assert snapshot(tmp_path) == before


@pytest.mark.parametrize("replaces", ["", "golf"])
def test_a_run_that_is_killed_at_any_moment_leaves_all_files_of_one_run(tmp_path, monkeypatch, replaces):
    responses, moments = read(tmp_path), tmp_path / "moments"
    coded, _ = write(tmp_path, responses, Format())
    (coded / "codebook.csv").unlink()  # there is none to bring back then
    for name in ("probabilities.csv", "report.html", "earlier_report.html"):
        (coded / name).write_text("van een eerdere run")
    before = snapshot(coded)

    def kept(change):
        def keep_and_change(path, *arguments, **options):
            shutil.copytree(tmp_path / "coded", moments / f"{len(list(moments.glob('*'))):03d}" / "coded")
            return change(path, *arguments, **options)

        return keep_and_change

    with monkeypatch.context() as patch:
        for name in ("rename", "replace", "unlink", "rmdir"):
            patch.setattr(Path, name, kept(getattr(Path, name)))
        patch.setattr("shutil.rmtree", kept(shutil.rmtree))
        write(tmp_path, responses, Format(for_dutch_excel=True), replaces=replaces)
    found = []
    for moment in sorted(moments.iterdir()):
        with pytest.raises(KeyboardInterrupt):
            write_half(moment / "coded" / "proef", responses)
        assert [path.name for path in (moment / "coded").iterdir()] == ["proef"]
        found.append(snapshot(moment / "coded" / "proef"))
    after = snapshot(coded)
    n_before = found.index(after)
    assert n_before > 2 * 5
    assert found == [before] * n_before + [after] * (len(found) - n_before)
    kept = {name.removeprefix("earlier_golf/"): own for name, own in after.items() if name.startswith("earlier_golf/")}
    assert kept == (before if replaces else {})
    assert "report.html" not in after
    assert after.get("earlier_report.html") == (None if replaces else b"van een eerdere run")


def test_the_folder_of_a_run_that_goes_on_stays(tmp_path):
    other = tmp_path / "coded" / ".proef.0123abcd.tmp"
    other.mkdir(parents=True)
    with FileLock(other / ".lock"):
        write(tmp_path, read(tmp_path), PLAIN)
        assert sorted(path.name for path in other.parent.iterdir()) == [other.name, "proef"]
    write(tmp_path, read(tmp_path), PLAIN)
    assert [path.name for path in other.parent.iterdir()] == ["proef"]


def test_probabilities_of_an_earlier_run_do_not_stay_behind(tmp_path):
    assert "probabilities.csv" in write_all(tmp_path, Format(has_probabilities=True))
    assert "probabilities.csv" not in write_all(tmp_path, Format())


def test_what_others_put_in_the_folder_stays(tmp_path):
    coded, _ = write(tmp_path, read(tmp_path), Format())
    (coded / "notities.txt").write_text("van een analist", encoding="utf-8")
    assert write_all(tmp_path)["notities.txt"] == "van een analist"


def test_hashes_are_those_of_the_files(tmp_path):
    coded = tmp_path / "coded"
    with DatasetWriter(coded, read(tmp_path), CODEBOOK, Format()) as writer:
        writer.add(0, coded_blocks())
        writer.write_text("run.json", "{}\n")
        hashes = writer.hashes()
    assert hashes == {path.name: sha256(path) for path in coded.iterdir()}
    assert hashes["run.json"] == hashlib.sha256(b"{}\n").hexdigest()
    assert sorted(hashes) == ["codings.csv", "responses_coded.csv", "run.json"]


# Names


@pytest.mark.parametrize("taken", ["v1_sector", "v1_sector_status", "v1_sector_zorg", "v1_partner_uwv"])
def test_a_column_name_that_is_taken_is_refused_before_anything_is_written(tmp_path, taken):
    responses = read(tmp_path, f"nr,weging,V1,{taken}\n1,1,zorg,x\n")
    with pytest.raises(InputError) as caught, DatasetWriter(tmp_path / "coded", responses, CODEBOOK, Format()):
        pass
    assert (caught.value.column, caught.value.row) == (taken, 1)
    assert caught.value.expected == "Rename the column, or the question's id in survey.toml."
    assert not (tmp_path / "coded").exists()


@pytest.mark.parametrize(
    ("codeframes", "twice"),
    [
        ({"sector": ["zorg"], "sector_zorg": ["ggz"]}, "v1_sector_zorg"),
        ({"sector": ["zorg", "ggz_status"], "sector_ggz": ["zorg"]}, "v1_sector_ggz_status"),
    ],
)
def test_two_output_columns_never_share_a_name(tmp_path, codeframes, twice):
    codebook = Codebook.model_validate(
        {
            "title": "Botsing",
            "version": "1.0.0",
            "codeframe": [
                {
                    "id": codeframe,
                    "label": codeframe,
                    "code": [
                        {"id": code, "value": value, "label": code, "definition": code}
                        for value, code in enumerate(codes, start=1)
                    ],
                }
                for codeframe, codes in codeframes.items()
            ],
        }
    )
    survey = Survey.model_validate(
        {
            "title": "Botsing",
            "responses": "r.csv",
            "respondent_id": "nr",
            "question": [{"id": "v1", "column": "V1", "text": "?", "codeframes": list(codeframes)}],
        }
    )
    responses = read(tmp_path, survey=survey)
    with pytest.raises(ThemawijzerError) as caught, DatasetWriter(tmp_path / "coded", responses, codebook, Format()):
        pass
    assert str(caught.value) == (
        f"two columns of the coded dataset would be called {twice}\n"
        "Give the question, the codeframe or the code another id."
    )


# The data dictionary


@pytest.mark.parametrize("has_probabilities", [False, True])
def test_the_data_dictionary_has_every_column_of_every_file_in_order(tmp_path, has_probabilities):
    files = write_all(tmp_path, Format(has_probabilities=has_probabilities))
    described = [(row[0], row[1]) for row in rows_of(files["codebook.csv"])[1:]]
    headers = {name: rows_of(text)[0] for name, text in files.items()}
    order = [
        "responses_coded.csv", "codings.csv", "review.csv", "prevalence.csv", "codebook.csv", "probabilities.csv",
    ]  # fmt: skip
    described = [(name.replace(".*", ".csv"), column) for name, column in described]
    written = [(name, column) for name in order if name in headers for column in headers[name]]
    assert described[: len(written)] == written
    assert {name for name, _ in written} == set(files)
    assert not {name for name, _ in described[len(written) :]} & set(order)


def test_the_data_dictionary_says_what_a_column_means(tmp_path):
    rows = rows_of(write_all(tmp_path)["codebook.csv"])
    by_column = {row[1]: dict(zip(rows[0], row, strict=True)) for row in rows if row[0] == "responses_coded.*"}
    assert by_column["V1"]["label"] == "Waar zet u op in?"
    assert by_column["V1"]["question"] == "v1"
    assert by_column["v1_sector"]["label"] == "Sector: toegekende codes, gescheiden door ;"
    assert by_column["v1_sector_status"]["values"].startswith("coded = gecodeerd; none_applies = geen code past; ")
    assert by_column["v1_sector_zorg"] == {
        "file": "responses_coded.*",
        "column": "v1_sector_zorg",
        "label": "Zorg; welzijn",
        "values": "0 = niet toegekend; 1 = toegekend; "
        "leeg = niet beslist (ook bij een code die het model niet kan beoordelen), of het antwoord telt niet mee",
        "question": "v1",
        "codeframe": "sector",
        "code": "zorg",
        "value": "1",
        "definition": "Zorg, en wat erbij hoort.",
        "sheet": "",
        "spss_name": "",
        "spss_values": "",
    }


def test_outside_the_input_every_column_has_a_label(tmp_path):
    rows = rows_of(write_all(tmp_path, Format(has_probabilities=True))["codebook.csv"])
    assert [row[1] for row in rows if not row[2]] == ["postcode", "opmerking"]
