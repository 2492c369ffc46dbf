"""Label Studio, doccano and REFI-QDA projects: who coded what comes in as it was said."""

import csv
import json
import zipfile
from xml.sax.saxutils import escape, quoteattr

import pytest
from conftest import run

from themawijzer.commands.import_ import Labelling, import_file
from themawijzer.commands.init import init_survey
from themawijzer.errors import InputError
from themawijzer.exchange import members
from themawijzer.exchange.coded_texts import moment
from themawijzer.project import placing
from themawijzer.project.labelled import LabelledColumns
from themawijzer.project.project import open_project
from themawijzer.survey.codebook import TO_BE_FILLED_IN

TEXTS = {
    "r1": "meer treinen",
    "r2": "veilige fietspaden",
    "r3": "meer treinen",
    "r4": "weet ik niet",
    "r5": "",
    "r6": "een bus\nen een tram",
}


@pytest.fixture
def root(tmp_path):
    rows = [["nr", "V1", "V2"], *([key, text, f"toelichting {key}"] for key, text in TEXTS.items())]
    with (tmp_path / "uitvoer.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, delimiter=";").writerows(rows)
    init_survey(tmp_path, "proef", tmp_path / "uitvoer.csv", respondent_id="nr", columns=["V1"])
    return tmp_path


def bring_in(
    root, path, /, *, codeframe="thema", question=None, coder=None, stream="import", coder_column=None, **columns
):
    labelling = Labelling(codeframe_id=codeframe, question_id=question, coder=coder, stream=stream)
    return import_file(root, "proef", path, LabelledColumns(coder=coder_column, **columns), labelling)


def refusal(root, path, /, **options):
    """What is refused; no file of the survey may have changed."""
    folders = [root / "surveys", root / "annotations"]
    before = {file: file.read_bytes() for folder in folders for file in folder.rglob("*.[ct][so][vm]*")}
    with pytest.raises(InputError) as caught:
        bring_in(root, path, **options)
    assert {file: file.read_bytes() for folder in folders for file in folder.rglob("*.[ct][so][vm]*")} == before
    return str(caught.value)


def codes(root):
    """Respondent to codes, by coder."""
    stored = open_project(root, "proef").stored_annotations
    return {coder: {own.respondent_id: sorted(own.codes) for own in rows} for coder, rows in stored.items()}


def codebook(root):
    return open_project(root, "proef").codebook.codeframe("thema")


def write_json(root, what, name="project.json"):
    path = root / name
    path.write_text(json.dumps(what, ensure_ascii=False), encoding="utf-8")
    return path


def write_lines(root, records, name="project.jsonl"):
    path = root / name
    path.write_text("\n".join(json.dumps(record, ensure_ascii=False) for record in records), encoding="utf-8")
    return path


# Label Studio


def choice(*names, control="thema", kind="choices"):
    return {"from_name": control, "to_name": "text", "type": kind, "value": {kind: list(names)}}


def annotation(coder, *results, at="2026-03-01T10:00:00.5Z", **more):
    return {"id": 1, "completed_by": coder, "result": list(results), "updated_at": at, **more}


def task(number, text, *annotations, **data):
    return {"id": number, "data": {"text": text, **data}, "annotations": list(annotations), "predictions": []}


def test_every_coder_of_label_studio_becomes_a_coder(root):
    mail = {"id": 7, "email": "codeur-1@voorbeeld.nl", "first_name": "", "last_name": ""}
    path = write_json(
        root,
        [
            task(1, "meer treinen", annotation(mail, choice("Spoor", "Bus")), annotation(8, choice("Spoor")), nr="r3"),
            task(2, "veilige fietspaden", annotation(mail, choice("geen")), nr="r2"),
            task(3, "weet ik niet", nr="r4"),
        ],
    )
    done = bring_in(root, path)
    assert codes(root) == {
        "codeur-1-voorbeeld.nl": {"r3": ["bus", "spoor"], "r2": []},
        "label-studio-8": {"r3": ["spoor"]},
    }
    assert [(own.user, own.coder, own.n_added, own.n_none) for own in done.coders] == [
        ("codeur-1@voorbeeld.nl", "codeur-1-voorbeeld.nl", 2, 1),
        ("label-studio-8", "label-studio-8", 1, 0),
    ]
    assert (done.n_not_coded, done.new_codes, done.not_taken.total()) == (1, ["bus", "spoor"], 0)
    assert {own.annotated_at for own in open_project(root, "proef").stored_annotations["label-studio-8"]} == {
        "2026-03-01T10:00:00Z"
    }
    assert [own.n_added for own in bring_in(root, path).coders] == [0, 0]


def test_what_a_coder_skipped_replaced_or_a_model_predicted_is_counted_and_not_taken(root):
    older = annotation(1, choice("Bus"), at="2026-03-01T09:00:00Z")
    skipped = annotation(2, choice("Bus"), was_cancelled=True)
    one = task(1, "veilige fietspaden", annotation(1, choice("Fiets"), at="2026-03-02T09:00:00Z"), older, skipped)
    one["predictions"] = [{"model_version": "1", "result": [choice("Spoor")]}]
    done = bring_in(root, write_json(root, [one]))
    assert codes(root) == {"label-studio-1": {"r2": ["fiets"]}}
    assert dict(done.not_taken) == {
        "predictions of a model": 1,
        "annotations that their coder skipped or canceled": 1,
        "annotations that the same coder replaced by a later one": 1,
    }
    told = run("import", "proef", root / "project.json", "--codeframe", "thema", root=root)
    assert "Not taken: 1 predictions of a model." in told


def test_a_submission_without_choices_means_what_the_user_says(root):
    path = write_json(
        root,
        [
            task(1, "veilige fietspaden", annotation(1)),
            task(2, "meer treinen"),
            task(3, "weet ik niet", annotation(1, choice("Bus"))),
        ],
    )
    assert bring_in(root, path).n_not_coded == 2
    assert codes(root) == {"label-studio-1": {"r4": ["bus"]}}
    done = bring_in(root, path, empty_means_none=True)
    assert codes(root) == {"label-studio-1": {"r4": ["bus"], "r2": []}}  # the task that nobody opened stays open
    assert (done.n_not_coded, done.coders[0].n_none) == (1, 1)


def test_a_taxonomy_gives_codes_with_parents(root):
    path = write_json(root, [task(1, "meer treinen", annotation(1, choice(["Vervoer", "Spoor"], kind="taxonomy")))])
    bring_in(root, path)
    assert [(code.id, code.parent) for code in codebook(root).codes] == [("spoor", "vervoer"), ("vervoer", None)]
    assert codes(root) == {"label-studio-1": {"r1": ["spoor"]}}


def test_of_several_controls_the_one_that_is_called_like_the_codeframe_is_taken(root):
    both = annotation(1, choice("Spoor"), choice("boos", control="toon"))
    path = write_json(root, [task(1, "meer treinen", both)])
    done = bring_in(root, path)
    assert codes(root) == {"label-studio-1": {"r1": ["spoor"]}}
    assert dict(done.not_taken) == {"codings with codes outside this codeframe": 1}
    assert "--labels-column: thema, toon" in refusal(root, path, codeframe="onderwerp")
    bring_in(root, path, codeframe="onderwerp", labels=["toon"])
    assert open_project(root, "proef").codebook.codeframe("onderwerp").code_ids == ["boos"]


def test_a_json_min_file_has_a_row_per_annotation(root):
    rows = [
        {"id": 4, "nr": "r3", "text": "meer treinen", "thema": {"choices": ["Spoor", "Bus"]}, "annotator": 1,
         "annotation_id": 11, "updated_at": "2026-03-01T10:00:00Z"},
        {"id": 4, "nr": "r3", "text": "meer treinen", "thema": "Spoor", "annotator": 2,
         "annotation_id": 12, "updated_at": "2026-03-01T10:00:00Z"},
        {"id": 5, "nr": "r4", "text": "weet ik niet", "annotator": None, "annotation_id": None, "updated_at": None},
    ]  # fmt: skip
    done = bring_in(root, write_json(root, rows))
    assert codes(root) == {"label-studio-1": {"r3": ["bus", "spoor"]}, "label-studio-2": {"r3": ["spoor"]}}
    assert done.n_not_coded == 1
    rows[0]["thema"] = "Spoor"
    path = write_json(root, rows, "een.json")
    assert "--labels-column" in refusal(root, path)
    assert [own.n_recoded for own in bring_in(root, path, labels=["thema"]).coders] == [1, 0]


@pytest.mark.parametrize(
    ("odd", "given"),
    [
        ({"data": {"text": ["meer treinen"], "nr": "r1"}}, {"r1": ["spoor"]}),
        ({"id": {"x": 1}}, {"r1": ["spoor"]}),
        ({"annotations": [{"result": [7, {"value": {"choices": "Bus"}}], "completed_by": 1}]}, {"r1": ["bus"]}),
        ({"predictions": 3}, {"r1": ["spoor"]}),
    ],
)
def test_a_task_that_is_put_together_otherwise_is_read(root, odd, given):
    bring_in(root, write_json(root, [task(1, "meer treinen", annotation(1, choice("Spoor"))) | odd]))
    assert codes(root) == {"label-studio-1": given}


@pytest.mark.parametrize("annotations", [None, [None], [7]])
def test_a_task_without_whole_annotations_is_refused(root, annotations):
    whole = task(1, "meer treinen", annotation(1, choice("Spoor")))
    path = write_json(root, [whole, {"id": 2, "data": {"text": "x"}, "annotations": annotations}])
    assert "task 2: this" in refusal(root, path)


def test_spans_of_label_studio_are_refused(root):
    span = {"from_name": "label", "type": "labels", "value": {"start": 0, "end": 4, "labels": ["Spoor"]}}
    assert "marked spans" in refusal(root, write_json(root, [task(1, "meer treinen", annotation(1, span))]))
    row = {"id": 1, "text": "meer treinen", "label": [{"start": 0, "end": 4, "labels": ["x"]}], "annotation_id": 1}
    assert "marked spans" in refusal(root, write_json(root, [row]))


# doccano


def test_labels_of_doccano_find_their_respondents_by_the_id_that_came_in_with_the_text(root):
    records = [
        {"id": 2, "text": "meer treinen", "nr": "R3", "label": ["Spoor"], "Comments": ["twijfel"]},
        {"id": 1, "text": "meer treinen", "label": ["Spoor", "Bus"], "Comments": []},
        {"id": 3, "text": "veilige fietspaden", "meta": {"nr": "r2"}, "label": []},
    ]
    records[0]["nr"] = "r3"
    done = bring_in(root, write_lines(root, records), coder="codeur-1")
    assert codes(root) == {"codeur-1": {"r3": ["spoor"], "r1": ["bus", "spoor"]}}
    assert (done.n_not_coded, done.coders[0].n_unknown_respondents) == (1, 0)
    notes = {own.respondent_id: own.note for own in open_project(root, "proef").stored_annotations["codeur-1"]}
    assert notes == {"r3": "twijfel", "r1": ""}


def test_the_number_that_doccano_gives_a_text_is_no_respondent(tmp_path):
    (tmp_path / "uitvoer.csv").write_text("id;V1\n1;de bus\n2;de fiets\n3;de trein\n", encoding="utf-8")
    init_survey(tmp_path, "proef", tmp_path / "uitvoer.csv", respondent_id="id", columns=["V1"])
    records = [{"id": 1, "text": "de trein", "label": ["Spoor"]}, {"id": 2, "text": "de bus", "label": ["Bus"]}]
    bring_in(tmp_path, write_lines(tmp_path, records))
    assert codes(tmp_path) == {"import": {"3": ["spoor"], "1": ["bus"]}}


def test_an_archive_of_doccano_has_a_file_per_coder(root):
    users = {"codeur-1": ["Spoor"], "codeur-2": [], "all": ["Bus"]}
    with zipfile.ZipFile(root / "project.zip", "w") as archive:
        for user, labels in users.items():
            record = {"id": 1, "text": "meer treinen", "label": labels}
            archive.writestr(f"{user}.jsonl", json.dumps(record))
    bring_in(root, root / "project.zip", empty_means_none=True)
    assert codes(root) == {"codeur-1": {"r1": ["spoor"]}, "codeur-2": {"r1": []}, "import": {"r1": ["bus"]}}


@pytest.mark.parametrize(
    ("records", "told"),
    [
        ([{"text": "a", "label": [[0, 4, "Spoor"]]}], "line 1, column label: people marked spans"),
        ([{"text": "a", "entities": [{"label": "Spoor", "start_offset": 0}]}], "column entities: people marked spans"),
        ([{"text": "a", "label": [3]}], "line 1, column label: a label is no text"),
        ([{"text": "a", "annotations": [{"label": 3, "user": 1}]}], "labels are numbers here"),
        ([{"text": "a", "tags": ["Spoor"]}], "--labels-column: text, tags"),
        ([{"vraag": "a", "antwoord": "b", "label": []}], "--text-column: vraag, antwoord"),
        ([{"text": "a", "label": ["geen", "Spoor"]}], "line 1: geen stands beside another code"),
        ([{"id": 1, "text": "a", "label": ["x"]}] * 2, "also at line 1"),
        ([{"id": 1, "text": "meer treinen", "nr": "r1", "label": ["x"]},
          {"id": 2, "text": "meer treinen", "nr": "r1", "label": ["y"]}], "of this respondent is also at line 1"),
        ([{"text": "a", "label": []}, 7], "line 2: this is no JSON object"),
    ],
)  # fmt: skip
def test_what_is_no_label_of_a_whole_text_is_refused_with_its_line(root, records, told):
    records = (
        records
        if len(records) > 1
        else [*records, {name: "b" if isinstance(own, str) else own for name, own in records[0].items()}]
    )
    assert told in refusal(root, write_lines(root, records))


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b'{"text": "a"}\n{"text": \n', "line 2: this is no JSON"),
        (b"[1, 2", "this is no JSON"),
        (b"[]", "this file is empty"),
        (b'{"text": "caf\xe9"}', "line 1: this is not UTF-8"),
        (b"[" * 100_000, "this is no JSON"),
    ],
)
def test_a_damaged_json_file_is_refused_with_its_line(root, content, told):
    path = root / "project.json"
    path.write_bytes(content)
    assert told in refusal(root, path)


def test_a_random_sample_of_which_an_answer_has_no_label_is_refused(root):
    records = [{"text": "meer treinen", "label": ["Spoor"]}, {"text": "veilige fietspaden", "label": []}]
    path = write_lines(root, records)
    assert "line 2: nobody coded 1 answers of the random sample" in refusal(root, path, stream="random")
    done = bring_in(root, path, stream="random", empty_means_none=True)
    assert [own.n_random for own in done.coders] == [2]


def test_a_file_with_several_coders_takes_no_name_for_them(root):
    records = [{"text": "meer treinen", "label": ["a"], "annotator": name} for name in ("codeur-1", "codeur-2")]
    assert "Leave --coder out" in refusal(root, write_lines(root, records), coder="codeur-1")


def test_the_name_under_which_a_record_has_its_coder_can_be_given(root):
    records = [{"text": "meer treinen", "label": ["a"], "door": name} for name in ("codeur-1", "codeur-2")]
    path = write_lines(root, [record | {"id": 1} for record in records])
    bring_in(root, path, coder_column="door")
    assert codes(root) == {"codeur-1": {"r1": ["a"]}, "codeur-2": {"r1": ["a"]}}
    assert "column wie: nothing is called so" in refusal(root, path, coder_column="wie")
    path = write_json(root, [task(1, "meer treinen", annotation(1, choice("Bus")))])
    assert "Leave --coder-column out" in refusal(root, path, coder_column="door")


def test_options_for_tables_are_refused(root):
    path = write_lines(root, [{"text": "meer treinen", "label": ["a"]}])
    assert "Leave --separator out" in refusal(root, path, separator=",")
    assert "Leave --code-column out" in refusal(root, path, codes=["a"])
    with pytest.raises(InputError, match="Leave --input out"):
        import_file(root, "proef", path, LabelledColumns(), Labelling("thema"), input_file=path)


def test_a_moment_is_told_in_utc():
    assert moment("2026-03-01T10:00:00+02:00") == "2026-03-01T08:00:00Z"
    assert moment("2026-03-01T10:00:00") == "2026-03-01T10:00:00Z"
    assert moment("gisteren") == moment(None) == ""


# REFI-QDA


def coding(code, user=None, at="2026-03-01T10:00:00Z"):
    by = f' creatingUser="{user}"' if user else ""
    return f'<Coding guid="{guid(9)}"{by} creationDateTime="{at}"><CodeRef targetGUID="{code}"/></Coding>'


def guid(number):
    return f"00000000-0000-0000-0000-{number:012}"


ONE, TWO = guid(101), guid(102)
SPOOR, BUS, FIETS, VERVOER, GEEN = map(guid, (201, 202, 203, 204, 205))
BOOK = f"""
<Code guid="{VERVOER}" name="Vervoer" isCodable="true">
 <Code guid="{SPOOR}" name="Spoor" isCodable="true" color="#FF0000"><Description>Treinen
  en stations.</Description></Code>
 <Code guid="{BUS}" name="Bus" isCodable="true"/>
</Code>
<Code guid="{FIETS}" name="Fiets" isCodable="true"/>
<Code guid="{GEEN}" name="Geen" isCodable="true"/>"""


def selection(start, end, *codings, name="", user=None, note=""):
    by = f' creatingUser="{user}"' if user else ""
    described = f"<Description>{note}</Description>" if note else ""
    return (
        f'<PlainTextSelection guid="{guid(start + 1000 * end)}" name={quoteattr(name)} startPosition="{start}" '
        f'endPosition="{end}"{by}>{described}{"".join(codings)}</PlainTextSelection>'
    )


def source(number, name, text, *inside, path=None):
    content = f"<PlainTextContent>{escape(text)}</PlainTextContent>" if path is None else ""
    at = f' plainTextPath="{path}"' if path else ""
    return f'<TextSource guid="{guid(number)}" name={quoteattr(name)}{at}>{content}{"".join(inside)}</TextSource>'


def write_project(root, *sources, book=BOOK, cases="", variables="", files=(), users=None, head="", name="p.qdpx"):
    users = users or {ONE: "Piet Jansen", TWO: "Codeur 2 / Ede"}
    listed = "".join(f'<User guid="{key}" name={quoteattr(own)}/>' for key, own in users.items())
    xml = (
        f'<?xml version="1.0" encoding="utf-8"?>{head}<Project name="p" xmlns="urn:QDA-XML:project:1.0">'
        f"<Users>{listed}</Users><CodeBook><Codes>{book}</Codes></CodeBook>"
        f"{f'<Variables>{variables}</Variables>' if variables else ''}"
        f"{f'<Cases>{cases}</Cases>' if cases else ''}<Sources>{''.join(sources)}</Sources></Project>"
    )
    path = root / name
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("project.qde", xml)
        for member, content in dict(files).items():
            archive.writestr(member, content)
    return path


def test_a_project_with_a_source_per_answer_comes_in_with_its_coders(root):
    path = write_project(
        root,
        source(1, "r3.docx", "meer treinen", selection(5, 12, coding(SPOOR, ONE), coding(SPOOR, TWO))),
        source(2, "r1", "meer treinen", selection(0, 4, coding(BUS, TWO)), selection(5, 12, coding(SPOOR, TWO))),
        source(3, "r2", "veilige fietspaden", coding(GEEN, ONE)),
        source(4, "r4", "weet ik niet"),
    )
    done = bring_in(root, path)
    assert codes(root) == {
        "piet jansen": {"r3": ["spoor"], "r2": []},
        "codeur 2 - ede": {"r3": ["spoor"], "r1": ["bus", "spoor"]},
    }
    assert [(own.user, own.coder) for own in done.coders] == [
        ("Piet Jansen", "Piet Jansen"),
        ("Codeur 2 / Ede", "Codeur 2 - Ede"),
    ]
    assert (done.n_not_coded, done.not_taken.total()) == (1, 0)
    assert [(code.id, code.label, code.parent, code.definition) for code in codebook(root).codes] == [
        ("bus", "Bus", "vervoer", TO_BE_FILLED_IN),
        ("fiets", "Fiets", None, TO_BE_FILLED_IN),
        ("spoor", "Spoor", "vervoer", "Treinen en stations."),
        ("vervoer", "Vervoer", None, TO_BE_FILLED_IN),
    ]
    told = run("import", "proef", path, "--codeframe", "thema", root=root)
    assert "0 annotated answers of Codeur 2 / Ede added to" in told


def test_an_answer_without_a_coding_of_a_coder_has_none_of_the_codes_only_if_the_user_says_so(root):
    path = write_project(
        root, source(1, "r2", "veilige fietspaden", coding(FIETS, ONE)), source(2, "r4", "weet ik niet")
    )
    bring_in(root, path)
    assert codes(root) == {"piet jansen": {"r2": ["fiets"]}}
    bring_in(root, path, empty_means_none=True)
    assert codes(root) == {"piet jansen": {"r2": ["fiets"], "r4": []}}


WHOLE = "Wat kan beter?\nmeer treinen\nveilige fietspaden\n\nmeer treinen\neen bus\nen een tram\n"


def at(words, text=WHOLE, nth=0):
    start = -1
    for _ in range(nth + 1):
        start = text.index(words, start + 1)
    return start, start + len(words)


@pytest.mark.parametrize("inside", [True, False])
def test_a_selection_in_a_source_with_all_answers_codes_the_answers_that_it_covers(root, inside):
    marks = [
        selection(*at("treinen", nth=1), coding(SPOOR, ONE)),  # the second to say so is r3
        selection(*at("fietspaden\n"), coding(FIETS, ONE)),
        selection(*at("bus\nen een tram"), coding(BUS, ONE)),
        selection(*at("Wat kan beter?"), coding(VERVOER, ONE)),
        coding(FIETS, ONE),
    ]
    path = f"internal://{guid(5).upper()}.txt"
    files = {f"Sources/{guid(5)}.txt": "\ufeff" + WHOLE}
    made = source(1, "Enquête", WHOLE, *marks) if inside else source(1, "Enquête", "", *marks, path=path)
    done = bring_in(root, write_project(root, made, files=files))
    assert codes(root) == {"piet jansen": {"r3": ["spoor"], "r2": ["fiets"], "r6": ["bus"]}}
    assert dict(done.not_taken) == {
        "codings of text that is no answer to this question": 1,
        "codings of a whole text that holds several answers": 1,
    }
    assert done.n_not_coded == 1


@pytest.mark.parametrize(
    "layout", ["{nr}: {text}\n", "[{nr}]\t{text}\n", "Respondent {nr}\n{text}\n", "#{nr}\n{text}\n"]
)
def test_an_answer_below_or_behind_the_id_of_its_respondent_is_theirs(root, layout):
    given = [key for key, text in TEXTS.items() if text]
    whole = "".join(layout.format(nr=key, text=TEXTS[key]) for key in reversed(given))
    start, end = at("meer treinen", whole)
    bring_in(root, write_project(root, source(1, "alles", whole, selection(start, end, coding(SPOOR, ONE)))))
    assert codes(root) == {"piet jansen": {"r3": ["spoor"]}}


@pytest.mark.parametrize("counts", ["standard", "UTF-16", "pairs", "both"])
def test_places_are_read_as_most_selections_end_between_words(root, counts):
    whole = "\r\n".join(["\U0001f600\U0001f600 antwoorden", "meer treinen", "veilige fietspaden", "weet ik niet"])
    wide, joined = counts in ("UTF-16", "both"), counts in ("pairs", "both")

    def counted(place):
        before = whole[:place].replace("\r\n", "\n") if joined else whole[:place]
        return len(before.encode("utf-16-le")) // 2 if wide else len(before)

    marks = [
        selection(*map(counted, at(words, whole)), coding(code, ONE), name=name)
        for words, code, name in [("treinen", SPOOR, "treinen"), ("veilige", FIETS, "veil..."), ("weet", GEEN, "")]
    ]
    path = f"internal://{guid(5)}.txt"
    project = write_project(root, source(1, "x", "", *marks, path=path), files={f"sources/{guid(5)}.txt": whole})
    bring_in(root, project)
    assert codes(root) == {"piet jansen": {"r1": ["spoor"], "r2": ["fiets"], "r4": []}}


def test_a_case_tells_whose_source_or_selection_it_is(root):
    whole = "meer treinen\nmeer treinen\n"
    first, second = selection(0, 12, coding(SPOOR, ONE)), selection(13, 25, coding(BUS, ONE))
    ids = [own.split('guid="')[1][:36] for own in (first, second)]
    nr = guid(60)
    cases = (
        f'<Case guid="{guid(50)}" name="r3"><SelectionRef targetGUID="{ids[0]}"/></Case>'
        f'<Case guid="{guid(51)}" name="r1"><SelectionRef targetGUID="{ids[1]}"/></Case>'
        f'<Case guid="{guid(52)}" name="Ede"><VariableValue><VariableRef targetGUID="{nr}"/><TextValue>r2</TextValue>'
        f'</VariableValue><SourceRef targetGUID="{{{guid(2)}}}"/></Case>'
    )
    path = write_project(
        root,
        source(1, "alles", whole, first, second),
        source(2, "document 2", "veilige fietspaden", coding(FIETS, ONE)),
        cases=cases,
        variables=f'<Variable guid="{nr}" name="Nr" typeOfVariable="Text"/>',
    )
    bring_in(root, path)
    assert codes(root) == {"piet jansen": {"r3": ["spoor"], "r1": ["bus"], "r2": ["fiets"]}}


def test_a_source_per_respondent_gives_only_codings_of_the_answer_to_this_question(root):
    def of(key):
        return f"Wat kan beter?\n{TEXTS[key]}\nToelichting\ntoelichting {key}"

    def both(key, code):
        text = of(key)
        return [selection(*at(TEXTS[key], text), coding(code, ONE)), selection(*at(f"g {key}", text), coding(BUS, ONE))]

    path = write_project(
        root,
        source(1, "r3", of("r3"), *both("r3", SPOOR)),
        source(2, "r5", of("r5"), selection(30, 35, coding(BUS, ONE))),
    )
    done = bring_in(root, path)
    assert codes(root) == {"piet jansen": {"r3": ["spoor"]}}
    assert dict(done.not_taken) == {"codings of text that is no answer to this question": 2}


def test_of_two_equal_answers_in_a_source_the_one_below_its_question_is_taken(root):
    path = root / "surveys/proef/survey.toml"
    path.write_text(
        path.read_text(encoding="utf-8").replace('text = "V1"', 'text = "Wat kan beter?"'), encoding="utf-8"
    )
    whole = "Wat gaat goed?\nmeer treinen\nWat kan beter?\nmeer treinen\n"
    marks = [selection(*at("meer treinen", whole, nth), coding(code, ONE)) for nth, code in ((0, BUS), (1, SPOOR))]
    bring_in(root, write_project(root, source(1, "r3", whole, *marks)))
    assert codes(root) == {"piet jansen": {"r3": ["spoor"]}}


def test_a_code_that_every_answer_has_for_its_question_is_no_code(root):
    book = f'<Code guid="{guid(30)}" name="V1" isCodable="true">{BOOK}</Code>'
    path = write_project(
        root,
        source(1, "r1", "meer treinen", coding(guid(30), ONE), coding(SPOOR, ONE)),
        source(2, "r2", "veilige fietspaden", coding(guid(30), ONE)),
        book=book,
    )
    done = bring_in(root, path)
    assert codes(root) == {"piet jansen": {"r1": ["spoor"]}}
    assert dict(done.not_taken) == {"codings with a code that only says which question was answered": 2}
    assert codebook(root).parents == {"bus": "vervoer", "spoor": "vervoer"}


def test_codes_in_a_folder_that_is_called_like_a_codeframe_are_those_of_the_codeframe(root):
    book = (
        f'<Code guid="{guid(30)}" name="Thema" isCodable="false"><Code guid="{SPOOR}" name="Spoor" isCodable="true"/>'
    )
    book += f'</Code><Code guid="{BUS}" name="Kwalificatie" isCodable="true"/>'
    path = write_project(root, source(1, "r1", "meer treinen", coding(SPOOR, ONE), coding(BUS, ONE)), book=book)
    assert "belong to no codeframe yet" in refusal(root, path, codeframe=None)
    done = bring_in(root, path)
    assert codes(root) == {"piet jansen": {"r1": ["spoor"]}}
    assert dict(done.not_taken) == {"codings with codes outside this codeframe": 1}


def test_codes_with_one_name_under_two_parents_stay_two(root):
    book = "".join(
        f'<Code guid="{guid(n)}" name="{name}" isCodable="true">'
        f'<Code guid="{guid(n + 1)}" name="duur" isCodable="true"/></Code>'
        for n, name in ((30, "Spoor"), (40, "Bus"))
    )
    path = write_project(root, source(1, "r1", "meer treinen", coding(guid(31), ONE), coding(guid(41), ONE)), book=book)
    bring_in(root, path)
    assert codes(root) == {"piet jansen": {"r1": ["bus_duur", "spoor_duur"]}}
    assert codebook(root).parents == {"bus_duur": "bus", "spoor_duur": "spoor"}


def test_two_users_with_one_name_stay_two(root):
    path = write_project(
        root,
        source(1, "r2", "veilige fietspaden", coding(FIETS, ONE), coding(BUS, TWO)),
        users={ONE: "codeur", TWO: "Codeur"},
    )
    bring_in(root, path)
    assert codes(root) == {"codeur": {"r2": ["fiets"]}, "codeur 2": {"r2": ["bus"]}}


def test_a_coding_without_a_user_is_of_the_one_who_made_the_selection_or_of_the_only_user(root):
    path = write_project(root, source(1, "r2", "veilige fietspaden", selection(0, 7, coding(FIETS), user=TWO)))
    bring_in(root, path)
    assert codes(root) == {"codeur 2 - ede": {"r2": ["fiets"]}}
    path = write_project(root, source(1, "r1", "meer treinen", coding(SPOOR)), users={ONE: "codeur-1"})
    bring_in(root, path)
    assert codes(root)["codeur-1"] == {"r1": ["spoor"]}
    path = write_project(root, source(1, "r1", "meer treinen", coding(SPOOR)))
    bring_in(root, path)
    assert codes(root)["import"] == {"r1": ["spoor"]}


def test_a_text_that_nobody_gave_is_kept_for_the_model(root):
    done = bring_in(root, write_project(root, source(1, "r9", "iets heel anders", coding(SPOOR, ONE))))
    assert done.coders[0].n_unknown_respondents == 1
    assert next(iter(codes(root)["piet jansen"])).endswith(":1")


def test_what_is_no_answer_or_has_no_code_is_counted(root):
    path = write_project(
        root,
        source(
            1,
            "r2",
            "veilige fietspaden",
            coding(guid(999), ONE),
            selection(50, 60, coding(BUS, ONE)),
            coding(FIETS, ONE),
        ),
        f'<PictureSource guid="{guid(3)}"><PictureSelection guid="{guid(4)}" firstX="0" firstY="0" secondX="1" '
        f'secondY="1">{coding(BUS, ONE)}</PictureSelection></PictureSource>',
    )
    done = bring_in(root, path)
    assert codes(root) == {"piet jansen": {"r2": ["fiets"]}}
    assert dict(done.not_taken) == {
        "codings with a code that the codebook of the project lacks": 1,
        "codings outside their text": 1,
        "codings of pictures, sound, film or parts of a page": 1,
    }


def test_two_sources_with_the_answer_of_one_respondent_are_refused(root):
    same = [source(n, "r2", "veilige fietspaden", coding(FIETS, ONE)) for n in (1, 2)]
    assert "source 2: the answer of this respondent is also at source 1" in refusal(root, write_project(root, *same))


def text_at(path):
    return source(1, "r1", "", coding(SPOOR, ONE), path=path)


DOCTYPE = '<!DOCTYPE Project [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]>'


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"head": DOCTYPE}, "document type declaration"),
        ({"sources": [text_at("relative:///a.txt")]}, "source 1: the text of this source is not in the"),
        ({"sources": [text_at("absolute:///etc/passwd")]}, "with its documents inside"),
        ({"sources": [text_at("internal://../../etc/passwd")]}, "source 1: the text of this source is missing"),
        ({"sources": [text_at("internal://a.txt")], "files": {"sources/a.txt": b"\xff"}}, "is not UTF-8"),
        ({"sources": []}, "holds no texts"),
        ({"book": BOOK * 2}, "two codes have the same GUID"),
        ({"files": {"ander.qde": "<Project/>"}}, "this holds 2 files of a REFI-QDA project"),
        ({"book": f'<Code guid="{SPOOR}" name="" isCodable="true"/>'}, "a code has no name"),
        ({"users": {ONE: "model"}}, "no coder can be called model"),
    ],
)  # fmt: skip
def test_a_project_that_is_no_project_or_leads_outside_is_refused(root, options, told):
    sources = options.pop("sources", None)
    options = {"book": BOOK, **options}
    default = [source(1, "r1", "meer treinen", coding(SPOOR, ONE))]
    assert told in refusal(root, write_project(root, *(default if sources is None else sources), **options))


def test_a_file_that_only_looks_like_a_project_is_refused(root):
    path = root / "p.qdpx"
    path.write_bytes(b"PK\x03\x04 half")
    assert "this is no .qdpx file" in refusal(root, path)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("project.qde", "<Project><Users>")
    assert "project.qde, line 1: this is no XML" in refusal(root, path)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("project.qde", "<CodeBook/>")
    assert "this is no REFI-QDA project" in refusal(root, path)


def test_a_small_file_that_unpacks_to_a_large_one_is_refused(root, monkeypatch):
    monkeypatch.setattr(members, "LARGEST_BYTES", 10_000)
    path = write_project(root, source(1, "r1", "meer treinen " * 1000, coding(SPOOR, ONE)))
    with zipfile.ZipFile(path) as archive:
        whole = archive.read("project.qde")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("project.qde", whole)
    assert path.stat().st_size < 10_000
    assert "too large when unpacked" in refusal(root, path)


def test_errors_hold_no_text_of_a_respondent(root):
    path = write_project(
        root, *(source(n, "x", "veilige fietspaden", coding(FIETS, ONE), coding(GEEN, ONE)) for n in (1,))
    )
    assert "veilige" not in refusal(root, path)


def test_a_source_with_many_answers_is_read_in_one_pass(root, monkeypatch):
    texts = [f"antwoord {number}" for number in range(2000)]
    lines = "\n".join(["nr;V1;V2", *(f"r{number};{text};" for number, text in enumerate(texts))])
    (root / "surveys/proef/responses.csv").write_text(lines, encoding="utf-8")
    whole, n_looks = "\n".join(texts), []
    covers = placing._covers
    monkeypatch.setattr(placing, "_covers", lambda *given: n_looks.append(1) or covers(*given))
    marks = [selection(*at(f"{text}\n", f"{whole}\n"), coding(SPOOR, ONE)) for text in texts]
    done = bring_in(root, write_project(root, source(1, "alles", whole + "\n", *marks)))
    assert done.coders[0].n_added == len(texts)
    assert len(n_looks) < 3 * len(texts)


def test_blanks_and_line_ends_that_a_program_changed_make_no_other_answer(root):
    whole = "een bus en  een tram\nveilige\u00a0fietspaden \n"
    path = write_project(
        root,
        source(1, "alles", whole, selection(*at("tram", whole), coding(BUS, ONE))),
        source(2, "r1", "\n  meer   treinen\r\n", coding(SPOOR, ONE)),
    )
    bring_in(root, path)
    stored = open_project(root, "proef").stored_annotations["piet jansen"]
    assert {own.respondent_id: own.text for own in stored} == {"r6": TEXTS["r6"], "r1": "meer treinen"}


def test_a_short_answer_in_a_text_that_is_something_else_is_nobody_s(root):
    text = "Wat ik vind van het vervoer in de stad:\nmeer treinen\nmaar dan wel op tijd, en niet zo vol als nu."
    done = bring_in(
        root, write_project(root, source(1, "brief", text, selection(*at("treinen", text), coding(SPOOR, ONE))))
    )
    assert done.coders[0].n_unknown_respondents == 1
    assert open_project(root, "proef").stored_annotations["piet jansen"][0].text == text


def test_answers_to_another_question_of_the_survey_are_left_to_that_question(tmp_path):
    (tmp_path / "uitvoer.csv").write_text("nr;V1;V2\nr1;meer treinen;omdat het druk is\n", encoding="utf-8")
    init_survey(tmp_path, "proef", tmp_path / "uitvoer.csv", respondent_id="nr", columns=["V1", "V2"])
    path = write_project(
        tmp_path,
        source(1, "r1 (V1)", "meer treinen", coding(SPOOR, ONE)),
        source(2, "r1 (V2)", "omdat het druk is", coding(BUS, ONE)),
    )
    assert "Give one with --question: v1, v2" in refusal(tmp_path, path)
    done = bring_in(tmp_path, path, question="v1")
    assert codes(tmp_path) == {"piet jansen": {"r1": ["spoor"]}}
    assert dict(done.not_taken) == {"codings of answers to another question": 1}


def test_a_source_without_text_counts_only_where_something_was_coded(root):
    empty = source(1, "film.docx", "", path="relative:///film.docx")
    done = bring_in(root, write_project(root, empty, source(2, "r2", "veilige fietspaden", coding(FIETS, ONE))))
    assert dict(done.not_taken) == {"sources without codings whose text is not in the project": 1}
