"""Revisions of the codebook: what each writes, and what none of them may do."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from test_edits import lines_kept

from themawijzer.errors import InputError
from themawijzer.files import sha256
from themawijzer.survey.annotations import read_annotations
from themawijzer.survey.changes import Change, Changes, RevisionProposal, Wording, append_change, read_changes
from themawijzer.survey.codebook import read_codebook
from themawijzer.survey.edits import add_codes, name_codes
from themawijzer.survey.revision import RefusedError, revise

CODEBOOK = """# Van ons allemaal.
title = "Vervoer"
version = "1.4.2"

[[codeframe]]
id = "thema"
label = "Thema"

# Eerst het openbaar vervoer.
[[codeframe.code]]
id = "ov"
value = 1
label = "Openbaar vervoer"  # na overleg
definition = "Alles met een dienstregeling."
include = [
    "bus",  # ook de buurtbus
]

# Het spoor hoort bij het openbaar vervoer.
[[codeframe.code]]
id = "trein"
value = 2
label = "Trein"
definition = "Over het spoor."
parent = "ov"

# Wie trapt.
[[codeframe.code]]
id = "fiets"
value = 5
label = "Fiets"
definition = "Fietsen en stallen."

# Vanaf hier de toon.
[[codeframe]]
id = "toon"
label = "Toon"

[[codeframe.code]]
id = "boos"
value = 1
label = "Boos"
definition = "Klaagt."
"""
INLINE = """title = "Vervoer"
version = "1.4.2"
codeframe = [{ id = "thema", label = "Thema", code = [
    { id = "ov", value = 1, label = "Openbaar vervoer", definition = "Alles met een dienstregeling." },
    { id = "trein", value = 2, label = "Trein", definition = "Over het spoor.", parent = "ov" },
    { id = "fiets", value = 5, label = "Fiets", definition = "Fietsen en stallen." },
] }]
"""
ROWS = """respondent_id,question,codeframe,codes,text,annotated_at,codebook_version,stream,note
001,v1,thema,trein,meer treinen,2026-01-01T00:00:00Z,1.4.2,random,
002,v1,thema,fiets|trein,trein en fiets,2026-01-01T00:00:00Z,1.4.2,random,
003,v1,thema,,mooi weer,2026-01-01T00:00:00Z,1.4.2,random,
"""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "codebook.toml").write_text(CODEBOOK, encoding="utf-8")
    (tmp_path / "codeur-1.csv").write_text(ROWS, encoding="utf-8")
    return tmp_path


def wording(label, definition="Nieuw.", **lists):
    return Wording(label=label, definition=definition, **lists)


def revised(folder, kind, *, codes=(), into="", wordings=(), codeframe="thema", **rest):
    proposal = RevisionProposal(kind=kind, codeframe=codeframe, codes=codes, into=into, wordings=wordings, **rest)
    return revise(folder, proposal, coder="codeur-1", seen=sha256(folder / "codebook.toml"))


def frame(folder, codeframe="thema"):
    codes = read_codebook(folder / "codebook.toml").codeframe(codeframe).codes
    return [(code.id, code.value, code.label, code.parent) for code in codes]


UNCHANGED = Wording(label="Fiets", definition="Fietsen en stallen.")
OV, TRAIN, BIKE = ("ov", 1, "Openbaar vervoer", None), ("trein", 2, "Trein", "ov"), ("fiets", 5, "Fiets", None)


@pytest.mark.parametrize(
    ("proposal", "version", "kind", "after", "codes"),
    [
        (
            {"kind": "add", "wordings": (wording("Te voet"),)},
            "1.5.0", "add", ["te_voet"], [OV, TRAIN, BIKE, ("te_voet", 6, "Te voet", None)],
        ),
        (
            {"kind": "rename", "codes": ("fiets",), "wordings": (wording("E-bike", "Fietsen en stallen."),)},
            "1.4.3", "rename", ["fiets"], [OV, TRAIN, ("fiets", 5, "E-bike", None)],
        ),
        (
            {"kind": "rename", "codes": ("fiets",), "wordings": (wording("Fiets", "Alles met trappers."),)},
            "1.4.3", "redefine", ["fiets"], [OV, TRAIN, BIKE],
        ),
        (
            {"kind": "rename", "codes": ("fiets",), "wordings": (wording("Fiets", "Wie fietst."),), "is_clearer": True},
            "1.4.3", "rename", ["fiets"], [OV, TRAIN, BIKE],
        ),
        (
            {"kind": "split", "codes": ("trein",), "wordings": (wording("Sprinter"), wording("Intercity"))},
            "2.0.0", "split", ["sprinter", "intercity"],
            [OV, ("sprinter", 6, "Sprinter", "ov"), ("intercity", 7, "Intercity", "ov"), BIKE],
        ),
        (
            {"kind": "split", "codes": ("ov",), "wordings": (wording("OV"), wording("Bus"), wording("Trein (ov)"))},
            "2.0.0", "split", ["ov_2", "bus", "trein_ov"],
            [("ov_2", 6, "OV", None), ("bus", 7, "Bus", None), ("trein_ov", 8, "Trein (ov)", None),
             ("trein", 2, "Trein", None), BIKE],
        ),
        (
            {"kind": "merge", "codes": ("fiets",), "into": "trein", "wordings": (wording("Trein"),)},
            "2.0.0", "merge", ["trein"], [OV, TRAIN],
        ),
        (
            {"kind": "merge", "codes": ("ov",), "into": "trein", "wordings": (wording("Alles"),)},
            "2.0.0", "merge", ["trein"], [("trein", 2, "Alles", None), BIKE],
        ),
        (
            {"kind": "merge", "codes": ("ov",), "into": "fiets", "wordings": (wording("Reizen"),)},
            "2.0.0", "merge", ["fiets"], [("trein", 2, "Trein", "fiets"), ("fiets", 5, "Reizen", None)],
        ),
        (
            {"kind": "merge", "codes": ("ov", "trein"), "into": "fiets", "wordings": (wording("Trein"),)},
            "2.0.0", "merge", ["fiets"], [("fiets", 5, "Trein", None)],
        ),
    ],
)  # fmt: skip
@pytest.mark.parametrize("text", [CODEBOOK, INLINE])
def test_a_revision_makes_the_next_version(folder, text, proposal, version, kind, after, codes):
    (folder / "codebook.toml").write_text(text, encoding="utf-8")
    change = revised(folder, **proposal)
    assert (change.version, change.kind, change.after) == (version, kind, after)
    assert read_codebook(folder / "codebook.toml").version == version
    assert read_changes(folder, read_codebook(folder / "codebook.toml")).changes == [change]
    assert frame(folder) == codes


def test_what_people_wrote_around_codes_stays(folder):
    revised(folder, "split", codes=("trein",), wordings=(wording("Sprinter"), wording("Intercity")))
    revised(folder, "add", wordings=(wording("Te voet", include=("wandelen", "lopen")),))
    revised(
        folder, "rename", codes=("ov",), wordings=(wording("OV", "Alles met een dienstregeling.", include=("bus",)),)
    )
    text = (folder / "codebook.toml").read_text(encoding="utf-8")
    before, after = CODEBOOK.index('[[codeframe.code]]\nid = "trein"'), CODEBOOK.index("# Wie trapt.")
    kept = CODEBOOK.replace('"Openbaar vervoer"', '"OV"')
    assert lines_kept(kept[: before - 14] + kept[after - 14 :], text)
    assert text.index('label = "Te voet"') < text.index("# Vanaf hier de toon.") < text.index('id = "toon"')
    assert "\n\n\n" not in text


def test_a_codebook_reads_well_after_a_revision(folder):
    revised(folder, "merge", codes=("trein",), into="ov", wordings=(wording("OV en trein", include=("bus",)),))
    train = CODEBOOK[CODEBOOK.index('\n[[codeframe.code]]\nid = "trein"') : CODEBOOK.index("\n# Wie trapt.")]
    expected = CODEBOOK.replace(train, "\n").replace("vervoer.\n\n\n# Wie", "vervoer.\n\n# Wie")
    expected = expected.replace("1.4.2", "2.0.0").replace('"Openbaar vervoer"', '"OV en trein"')
    expected = expected.replace('"Alles met een dienstregeling."', '"Nieuw."')
    assert (folder / "codebook.toml").read_text(encoding="utf-8") == expected


def test_changes_are_written_below_one_another(folder):
    revised(folder, "add", wordings=(wording("Te voet"),))
    revised(folder, "split", codes=("trein",), wordings=(wording("Sprinter"), wording("Intercity")))
    text = (folder / "changes.toml").read_text(encoding="utf-8")
    times = [change.at for change in read_changes(folder, read_codebook(folder / "codebook.toml")).changes]
    assert text == (
        '[[change]]\nversion = "1.5.0"\nkind = "add"\ncodeframe = "thema"\nfrom = []\nto = ["te_voet"]\n'
        f'coder = "codeur-1"\nat = "{times[0]}"\n\n'
        '[[change]]\nversion = "2.0.0"\nkind = "split"\ncodeframe = "thema"\nfrom = ["trein"]\n'
        'to = ["sprinter", "intercity"]\nretired = [{id = "trein", value = 2, label = "Trein"}]\n'
        f'coder = "codeur-1"\nat = "{times[1]}"\n'
    )


@pytest.mark.parametrize(
    ("proposal", "problems"),
    [
        ({"kind": "add", "wordings": (wording(""),)}, {"label-0": "empty"}),
        ({"kind": "add", "wordings": (wording("Te voet", ""),)}, {"definition-0": "empty"}),
        ({"kind": "add", "wordings": (wording("FIETS"),)}, {"label-0": "taken"}),
        ({"kind": "add", "wordings": (wording("x" * 121),)}, {"label-0": "too_long"}),
        ({"kind": "add", "wordings": (wording("x", include=("y" * 4001,)),)}, {"include-0": "too_long"}),
        ({"kind": "rename", "codes": ("fiets",), "wordings": (wording("Trein"),)}, {"label-0": "taken"}),
        ({"kind": "rename", "codes": ("fiets",), "wordings": (UNCHANGED,)}, {"label-0": "unchanged"}),
        ({"kind": "split", "codes": ("ov",), "wordings": (wording("Bus"),)}, {"parts": "too_few"}),
        ({"kind": "split", "codes": ("ov",), "wordings": (wording("Trein"), wording("Bus"))}, {"label-0": "taken"}),
        ({"kind": "split", "codes": ("fiets",), "wordings": (wording("a"), wording("A"))}, {"label-1": "twice"}),
        ({"kind": "merge", "codes": (), "into": "ov", "wordings": (wording("x"),)}, {"codes": "too_few"}),
        ({"kind": "merge", "codes": ("ov",), "into": "", "wordings": (wording("x"),)}, {"into": "empty"}),
        ({"kind": "merge", "codes": ("ov",), "into": "ov", "wordings": (wording("x"),)}, {"into": "itself"}),
        ({"kind": "split", "codes": ("tram",), "wordings": (wording("a"), wording("b"))}, {"meanwhile": "meanwhile"}),
    ],
)  # fmt: skip
def test_what_cannot_be_done_is_told_per_field_and_nothing_changes(folder, proposal, problems):
    with pytest.raises(RefusedError) as caught:
        revised(folder, **proposal)
    assert caught.value.problems == problems
    assert (folder / "codebook.toml").read_text(encoding="utf-8") == CODEBOOK
    assert not (folder / "changes.toml").exists()


def test_who_saw_an_older_codebook_is_told_so(folder):
    seen = sha256(folder / "codebook.toml")
    revised(folder, "add", wordings=(wording("Te voet"),))
    before = (folder / "codebook.toml").read_bytes()
    with pytest.raises(RefusedError) as caught:
        revise(
            folder, RevisionProposal(kind="add", codeframe="thema", wordings=(wording("Auto"),)), coder="b", seen=seen
        )
    assert caught.value.problems == {"meanwhile": "meanwhile"}
    assert (folder / "codebook.toml").read_bytes() == before


def test_a_revision_that_was_killed_halfway_has_not_happened(folder):
    revised(folder, "add", wordings=(wording("Te voet"),))
    revised(folder, "split", codes=("trein",), wordings=(wording("Sprinter"), wording("Intercity")))
    (folder / "codebook.toml").write_text(CODEBOOK.replace("1.4.2", "1.5.0"), encoding="utf-8")
    codebook = read_codebook(folder / "codebook.toml")
    assert [change.kind for change in read_changes(folder, codebook).changes] == ["add"]
    revised(folder, "merge", codes=("trein",), into="ov", wordings=(wording("OV"),))
    codebook = read_codebook(folder / "codebook.toml")
    assert [change.kind for change in read_changes(folder, codebook).changes] == ["add", "merge"]


def test_what_a_killed_revision_left_does_not_happen_by_an_import(folder):
    """An import of new codes may give the codebook the very version that the revision would have given it."""
    before = (folder / "codebook.toml").read_text(encoding="utf-8")
    made = revised(folder, "add", wordings=(wording("Te voet"),))
    (folder / "codebook.toml").write_text(before, encoding="utf-8")
    codebook = add_codes(folder / "codebook.toml", "thema", {"Auto": "auto"})
    assert codebook.version == made.version
    assert read_changes(folder, codebook).changes == []


def test_a_file_with_changes_is_checked_like_any_other(folder):
    (folder / "changes.toml").write_text('[[change]]\nversion = "1.0.0"\nkynd = "add"\n', encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_changes(folder, read_codebook(folder / "codebook.toml"))
    assert (caught.value.problem, caught.value.line) == ("unknown key `kynd`", 3)


def test_retired_codes_are_followed_to_what_took_their_place(folder):
    revised(folder, "merge", codes=("fiets",), into="trein", wordings=(wording("Trein en fiets"),))
    revised(folder, "split", codes=("trein",), wordings=(wording("Trein"), wording("Fiets")))
    revised(folder, "rename", codes=("fiets_2",), wordings=(wording("Rijwiel"),))
    changes = read_changes(folder, read_codebook(folder / "codebook.toml"))
    assert {code: retired.label for code, retired in changes.retired("thema").items()} == {
        "fiets": "Fiets",
        "trein": "Trein en fiets",
    }
    assert changes.successors("thema", "fiets") == ["trein_2", "fiets_2"]
    assert changes.successors("thema", "ov") == ["ov"]
    assert changes.successors("toon", "fiets") == ["fiets"]


# Labels of a file that is imported


def test_labels_of_a_retired_code_do_not_bring_it_back_and_keep_its_id(folder):
    revised(folder, "split", codes=("trein",), wordings=(wording("Sprinter"), wording("Intercity")))
    codebook = read_codebook(folder / "codebook.toml")
    changes = read_changes(folder, codebook)
    names = name_codes(["Trein", "trein", "Tram", "Fiets"], codebook.codeframe("thema"), changes)
    assert names == {"Trein": "trein", "trein": "trein", "Tram": "tram", "Fiets": "fiets"}
    after = add_codes(folder / "codebook.toml", "thema", names)
    assert [(code.id, code.value) for code in after.codeframe("thema").codes] == [
        ("ov", 1), ("sprinter", 6), ("intercity", 7), ("fiets", 5), ("tram", 8),
    ]  # fmt: skip


# Whatever people do

LABELS = ["Fiets", "fiets", "Trein", "trein 2", "Boos", "geen", "Status", "Ov", "!", "Één"]
WORDINGS = st.builds(wording, st.sampled_from(LABELS), st.sampled_from(["d", "e", ""]))
PROPOSALS = st.builds(
    lambda kind, places, wordings, codeframe: (kind, places, wordings, codeframe),
    st.sampled_from(["add", "rename", "split", "merge"]),
    st.lists(st.integers(0, 9), min_size=1, max_size=3),
    st.lists(WORDINGS, min_size=1, max_size=3),
    st.sampled_from(["thema", "thema", "toon"]),
)


def chosen(codebook, kind, places, wordings, codeframe):
    ids = codebook.codeframe(codeframe).code_ids
    codes = tuple(dict.fromkeys(ids[place % len(ids)] for place in places))
    if kind == "add":
        return RevisionProposal(kind="add", codeframe=codeframe, wordings=tuple(wordings[:1]))
    if kind == "merge":
        return RevisionProposal(
            kind="merge", codeframe=codeframe, codes=codes[1:], into=codes[0], wordings=tuple(wordings[:1])
        )
    words = tuple(wordings if kind == "split" else wordings[:1])
    return RevisionProposal(kind=kind, codeframe=codeframe, codes=codes[:1], wordings=words)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(PROPOSALS, max_size=8), st.sampled_from([CODEBOOK, INLINE]))
def test_after_any_revisions_no_id_or_value_is_used_again_and_no_annotation_changed(folder, proposals, text):
    (folder / "codebook.toml").write_text(text, encoding="utf-8")
    (folder / "changes.toml").unlink(missing_ok=True)
    used: dict[str, dict[str, int]] = {}
    for kind, places, wordings, codeframe in proposals:
        codebook = read_codebook(folder / "codebook.toml")
        if codeframe not in codebook.codeframe_ids:
            continue
        try:
            proposal = chosen(codebook, kind, places, wordings, codeframe)
            revise(folder, proposal, coder="codeur-1", seen=sha256(folder / "codebook.toml"))
        except RefusedError:
            continue
        after = read_codebook(folder / "codebook.toml").codeframe(codeframe)
        before = used.setdefault(codeframe, {code.id: code.value for code in codebook.codeframe(codeframe).codes})
        for code in after.codes:
            assert code.id in codebook.codeframe(codeframe).code_ids or code.id not in before
            assert before.setdefault(code.id, code.value) == code.value
        assert len({*before.values()}) == len(before)
    codebook = read_codebook(folder / "codebook.toml")
    assert len(read_annotations(folder, codebook, ["v1"])["codeur-1"]) == 3
    assert (folder / "codeur-1.csv").read_text(encoding="utf-8") == ROWS


IDS = st.from_regex(r"[a-z0-9_]{1,12}", fullmatch=True)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20)
CHANGES = st.builds(
    lambda **fields: Change.model_validate(fields),
    version=st.just("1.0.0"),
    kind=st.sampled_from(["add", "rename", "redefine", "split", "merge"]),
    codeframe=IDS,
    **{"from": st.lists(IDS, max_size=3), "to": st.lists(IDS, max_size=3)},
    retired=st.lists(st.fixed_dictionaries({"id": IDS, "value": st.integers(1, 10**6), "label": TEXTS}), max_size=2),
    coder=TEXTS,
    at=TEXTS,
)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(CHANGES, max_size=3))
def test_changes_that_are_written_are_read_back(folder, changes):
    (folder / "changes.toml").unlink(missing_ok=True)
    codebook = read_codebook(folder / "codebook.toml")
    for change in changes:
        append_change(folder, change, codebook)
    assert read_changes(folder, codebook) == Changes(change=changes)
