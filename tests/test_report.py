"""The report: facts, what it hides, and what it refuses. How it looks is tested in test_report_page."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from coded_survey import SURVEY, write_coded_survey
from conftest import run

from themawijzer.commands.report import report
from themawijzer.files import as_json, hash_of
from themawijzer.learning.clusters import DOUBTFUL, STABLE
from themawijzer.output.labels import LABELS
from themawijzer.output.report.charts import group_charts, ink, shade, share_chart
from themawijzer.output.report.plain import cell, decimal, interval, percent, plain, whole
from themawijzer.output.report.quotes import Shown
from themawijzer.output.report.rendering import render
from themawijzer.output.report.shares import Breakdown, CodeShare, Group, ShareTable
from themawijzer.output.report.summary import Summary

GOLDEN = Path(__file__).parent / "golden"


def summary_of(root: Path, shown: Shown = Shown.UNREAD) -> Summary:
    return report(root, "klein", shown=shown, progress=lambda *_: lambda _: None).summary


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("report")
    write_coded_survey(folder)
    return folder


@pytest.fixture(scope="module")
def summary(root: Path) -> Summary:
    return summary_of(root)


@pytest.mark.parametrize("name", ["summary.json", "summary.md"])
def test_the_summary_of_a_known_survey_is_known(root: Path, summary: Summary, name: str) -> None:
    """When it has to change: look at the difference, and copy the new file over the old."""
    made = (root / "coded/klein" / name).read_text(encoding="utf-8")
    assert made == (GOLDEN / f"report_{name}").read_text(encoding="utf-8"), summary.title


def test_the_same_input_gives_the_same_bytes(root: Path, summary: Summary) -> None:
    before = (root / "coded/klein/report.html").read_bytes()
    assert summary_of(root) == summary
    assert (root / "coded/klein/report.html").read_bytes() == before


def test_the_report_says_what_its_figures_are_of(root: Path, summary: Summary) -> None:
    """An interval is no statement on those who took no part, and a stability means what `discover` holds it for."""
    told = (root / f"coded/{summary.survey}/report.html").read_text(encoding="utf-8")
    assert (
        told.count("het toeval van wie meedeed") == 3
    )  # on the first page, where shares begin, and in the text to publish
    stable, doubtful = (decimal(limit).rstrip("0") for limit in (STABLE, DOUBTFUL))
    assert f"Vanaf {stable} is een groep stabiel; onder {doubtful} staat zij er niet bij." in told


def test_the_text_to_publish_does_not_call_counted_shares_corrected(summary: Summary) -> None:
    refused = [
        replace(table, codes=[replace(each, share=None, low=None, high=None) for each in table.codes])
        for table in summary.shares
    ]
    for each, is_corrected in ((summary, True), (replace(summary, shares=refused), False)):
        told = render(each)["report.html"]
        assert ("verschilschatter" in told, "De aandelen zijn geteld: " in told) == (is_corrected, not is_corrected)


def told_of_shares(summary: Summary, **of_each: object) -> tuple[str, str]:
    """The part of the report with shares, and the text to publish, when every code has these facts."""
    shares = [replace(table, codes=[replace(each, **of_each) for each in table.codes]) for table in summary.shares]
    told = render(replace(summary, shares=shares))["report.html"]
    return told.split('id="aandelen"')[1].split('id="samenhang"')[0], told.split('id="verantwoording"')[1]


def test_what_people_counted_in_full_is_called_so_and_has_no_interval(summary: Summary) -> None:
    counted = {"share": 0.5, "low": None, "high": None, "method": "geteld (volledig)", "refusal": ""}
    shares, to_publish = told_of_shares(summary, **counted)
    assert "Mensen codeerden alle antwoorden." in shares
    assert "alle door mensen gecodeerd" in shares
    for word in ("gecorrigeerd", "steekproef", "–50%"):
        assert word not in shares
    assert "De aandelen zijn geteld (volledig): mensen codeerden alle antwoorden." in to_publish
    assert "verschilschatter" not in to_publish


def test_a_code_outside_the_base_makes_a_full_count_no_estimate(summary: Summary) -> None:
    counted = {"share": 0.5, "low": None, "high": None, "method": "geteld (volledig)", "refusal": ""}
    outside = {"share": None, "raw": None, "n_decided": None, "method": "", "refusal": LABELS["outside_base_answer"]}
    shares = [
        replace(
            table, codes=[replace(code, **counted) for code in table.codes[1:]] + [replace(table.codes[0], **outside)]
        )
        for table in summary.shares
    ]
    files = render(replace(summary, shares=shares))
    told = files["report.html"].split('id="aandelen"')[1].split('id="samenhang"')[0]
    assert "Mensen codeerden alle antwoorden." in told
    for word in ("Elders", "gecorrigeerd", "steekproef"):
        assert word not in told
    to_publish = files["report.html"].split('id="verantwoording"')[1]
    assert "De aandelen zijn geteld (volledig): mensen codeerden alle antwoorden." in to_publish
    assert "De steekproef telde" not in to_publish
    label = summary.shares[0].codes[0].label
    assert f"Geen aandeel voor alle antwoorden van {label}: mensen gaven deze code alleen" in files["summary.md"]


def test_where_another_code_has_no_share_not_all_was_counted(summary: Summary) -> None:
    """As of a code on every answer to one question, where answers of the same respondents to another wait."""
    counted = {"share": 1.0, "low": None, "high": None, "method": "geteld (volledig)", "refusal": ""}
    waiting = {"share": None, "raw": None, "n_decided": None, "method": "", "refusal": "50 nodig: nog 50 te coderen"}
    codes = [
        replace(code, **(counted if place == 0 else waiting)) for place, code in enumerate(summary.shares[0].codes)
    ]
    assert not replace(summary.shares[0], codes=codes).is_counted


def test_what_coders_dispute_of_a_full_count_lies_between_its_bounds_for_certain(summary: Summary) -> None:
    disputed = {"share": 0.5, "low": 0.4, "high": 0.6, "method": "geteld (codeurs verschillen)", "refusal": ""}
    assert "Het aandeel ligt dan zeker tussen de twee grenzen" in told_of_shares(summary, **disputed)[0]


def test_a_share_among_what_was_decided_of_a_group_has_the_number_that_it_is_of(root: Path, summary: Summary) -> None:
    """Of 37 in the group 30 are decided."""
    told = (root / f"coded/{summary.survey}/report.html").read_text(encoding="utf-8")
    assert '65%<br><span class="soft">n = 30</span>' in told


# What was asked and answered


def test_codings_are_counted_by_who_decided(summary: Summary) -> None:
    intake = summary.intake
    assert (intake.respondents, intake.by_person, intake.by_model, intake.open) == (40, 40, 32, 8)
    assert [(each.id, each.answered, each.empty) for each in intake.questions] == [("v1", 40, 0), ("v2", 0, 40)]


def test_shares_are_sorted_and_a_question_that_nobody_answered_has_none(summary: Summary) -> None:
    tables = [(each.per, each.question, each.codeframe, each.n) for each in summary.shares]
    assert tables == [("answer", "v1", "thema", 40), ("respondent", "", "thema", 40), ("answer", "v1", "sector", 40)]
    assert [(each.code, each.share, each.low) for each in summary.shares[0].codes] == [
        ("mkb", 0.6012, 0.44),
        ("talent", 0.4312, 0.3111),
    ]


def test_a_share_that_is_refused_says_why_and_has_the_raw_one_beside_it(summary: Summary) -> None:
    (share, _) = summary.shares[1].codes
    assert (share.share, share.raw, share.refusal[:26]) == (None, 0.65, "9 willekeurig gekozen resp")


# What goes together


def test_pairs_that_occur_together_more_than_chance_are_found(summary: Summary) -> None:
    together = summary.together
    assert [(each.first, each.second, each.n_both, each.expected) for each in together.pairs] == [
        ("Talent", "Zorg", 24, 14.4),
        ("Midden- en kleinbedrijf", "Bouw", 24, 14.4),
    ]
    assert together.n_tested == 6
    assert together.share_open == 0.1042  # 10 of 96


def test_fewer_respondents_than_the_smallest_cell_are_not_in_the_map(summary: Summary, tmp_path: Path) -> None:
    (map_,) = summary.together.maps
    assert (map_.rows, map_.row_totals, map_.counts) == (
        ["Talent", "Midden- en kleinbedrijf"],
        [24, 24],
        [[24, 8], [8, 24]],
    )
    assert map_.notable == [[True, False], [False, True]]
    write_coded_survey(tmp_path, survey=SURVEY.replace("[[question]]", "[settings]\nmin_cell = 9\n\n[[question]]", 1))
    (map_,) = summary_of(tmp_path).together.maps
    assert map_.counts == [[24, None], [None, 24]]


def test_a_group_that_prevalence_hides_is_counted_and_not_named(root: Path, summary: Summary) -> None:
    for breakdown in summary.breakdowns:
        assert ([group.name for group in breakdown.groups], breakdown.n_hidden) == (["Drenthe"], 1)
    for name in ("report.html", "summary.json", "summary.md"):
        assert "Zeeland" not in (root / "coded/klein" / name).read_text(encoding="utf-8")


# Quotes


def test_quotes_name_nobody_and_each_stands_once_in_a_codeframe(summary: Summary) -> None:
    assert summary.quotes
    for frame in summary.quotes.codeframes:
        quotes = [quote.text for code in frame.codes for quote in code.quotes]
        assert "jongeren vasthouden in de regio" in quotes
        assert len(quotes) == len(set(quotes)) == 6
        assert not any("Jan" in quote or "06" in quote for quote in quotes)


def test_without_quotes_nothing_that_respondents_typed_is_in_any_file(tmp_path: Path) -> None:
    write_coded_survey(tmp_path)
    run("report", "klein", "--no-quotes", root=tmp_path)
    for name in ("report.html", "summary.json", "summary.md"):
        text = (tmp_path / "coded/klein" / name).read_text(encoding="utf-8")
        assert not any(words in text for words in ("jongeren", "ondernemer", "meer huizen"))


def test_of_groups_without_a_code_only_what_names_nobody_is_shown(summary: Summary) -> None:
    (proposal,) = summary.leftovers[0].proposals
    assert (proposal.words, proposal.examples, proposal.stability) == (["wonen", "huizen"], ["meer huizen"], 0.91)


# Quality


def test_quality_is_what_was_evaluated_and_certified(summary: Summary) -> None:
    thema, sector = summary.quality
    assert thema.measured
    assert [
        (each.code, each.automatic.precision.value, each.suggested.precision.value, each.verdict)
        for each in thema.measured.codes
    ] == [("talent", 0.8, 0.7, "certified"), ("mkb", None, None, "pooled")]
    assert (thema.measured.automatic.micro_f1.value, thema.measured.suggested.micro_f1.value) == (0.8, 0.7)
    assert (thema.n_random, thema.n_automatic) == (20, 15)
    assert (sector.is_certified, sector.n_more, sector.measured) == (False, 39, None)


def test_an_evaluation_of_another_model_does_not_count(tmp_path: Path) -> None:
    write_coded_survey(tmp_path)
    path = tmp_path / "models/klein/evaluation.json"
    path.write_text(path.read_text(encoding="utf-8").replace("e5-small", "use"), encoding="utf-8")
    assert "to measure it: themawijzer evaluate klein" in run("report", "klein", root=tmp_path)


def test_an_evaluation_by_one_rule_as_older_versions_made_it_does_not_count(tmp_path: Path) -> None:
    write_coded_survey(tmp_path)
    path = tmp_path / "models/klein/evaluation.json"
    facts = json.loads(path.read_text(encoding="utf-8"))
    facts["versions"]["themawijzer"] = "0.1.0"
    del facts["evaluations"][0]["automatic"]
    path.write_text(as_json(facts), encoding="utf-8")
    assert "to measure it: themawijzer evaluate klein" in run("report", "klein", root=tmp_path)


def test_coders_agree_as_far_as_they_gave_the_same_codes(summary: Summary) -> None:
    (thema,) = summary.agreement
    assert (thema.coders, thema.n, thema.raw.value) == (["codeur-1", "codeur-2"], 10, 0.9)
    assert [(each.code, each.n_given, each.raw.value) for each in thema.codes] == [("talent", 6, 0.9), ("mkb", 6, 1.0)]


# What is refused


def test_a_survey_that_was_not_coded_has_no_report(tmp_path: Path) -> None:
    coded = write_coded_survey(tmp_path)
    (coded / "run.json").unlink()
    told = run("report", "klein", root=tmp_path, expected=2)
    assert "the survey is not coded yet" in told
    assert "Code it: themawijzer classify klein" in told
    assert not (coded / "report.html").exists()


@pytest.mark.parametrize("name", ["prevalence.csv", "codings.csv", "responses_coded.csv"])
def test_a_file_that_was_changed_is_refused(tmp_path: Path, name: str) -> None:
    path = write_coded_survey(tmp_path) / name
    path.write_text(path.read_text(encoding="utf-8").replace("talent", "ander", 1), encoding="utf-8")
    assert f"{name}: this file is gone, or was changed" in run("report", "klein", root=tmp_path, expected=2)


@pytest.mark.parametrize("content", ["", "[]", "[1", "null", "[" * 100_000], ids=["", "list", "half", "null", "deep"])
@pytest.mark.parametrize(
    "file", ["models/klein/evaluation.json", "coded/klein/discovered.json", "coded/klein/run.json"]
)
def test_facts_that_are_not_ours_are_refused(tmp_path: Path, file: str, content: str) -> None:
    write_coded_survey(tmp_path)
    (tmp_path / file).write_text(content, encoding="utf-8")
    told = run("report", "klein", root=tmp_path, expected=2)
    assert f"{file}: this " in told
    assert not (tmp_path / "coded/klein/report.html").exists()


@pytest.mark.parametrize("key", ["input", "model", "thresholds", "certificates", "files"])
def test_facts_of_the_run_that_somebody_changed_are_refused(tmp_path: Path, key: str) -> None:
    path = write_coded_survey(tmp_path) / "run.json"
    path.write_text(as_json(json.loads(path.read_text(encoding="utf-8")) | {key: None}), encoding="utf-8")
    told = run("report", "klein", root=tmp_path, expected=2)
    assert "run.json: this file was changed since the survey was coded" in told
    assert "Code it: themawijzer classify klein" in told


def test_what_another_version_coded_is_to_be_coded_again(tmp_path: Path) -> None:
    path = write_coded_survey(tmp_path) / "run.json"
    facts = json.loads(path.read_text(encoding="utf-8")) | {"themawijzer": "0.1.0", "files": None}
    del facts["sha256"]
    path.write_text(as_json(facts | {"sha256": hash_of(facts)}), encoding="utf-8")
    told = run("report", "klein", root=tmp_path, expected=2)
    assert "run.json: another version of Themawijzer coded the survey\nCode it: themawijzer classify klein" in told


@pytest.mark.parametrize(("old", "new"), [('"thema"', '"weg"'), ('"words"', '"woorden"'), ('"codeframes"', '"x"')])
def test_groups_that_somebody_changed_are_refused(tmp_path: Path, old: str, new: str) -> None:
    path = write_coded_survey(tmp_path) / "discovered.json"
    path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    told = run("report", "klein", root=tmp_path, expected=2)
    assert "discovered.json: this file was changed since it was made" in told
    assert "\nMake it anew: themawijzer discover klein" in told


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("annotations/klein/codebook.toml", "Over zorg", "Over zorgen"),
        ("annotations/klein/codeur-1.csv", "01,v1,thema,talent", "01,v1,thema,mkb"),
        ("surveys/klein/survey.toml", 'codeframes = ["thema"]', 'codeframes = ["sector"]'),
        ("surveys/klein/survey.toml", "[[question]]", "[settings]\ntarget = 0.9\n\n[[question]]"),
    ],
)
def test_what_changed_since_the_survey_was_coded_asks_for_coding(tmp_path: Path, file: str, old: str, new: str) -> None:
    write_coded_survey(tmp_path)
    path = tmp_path / file
    changed = path.read_text(encoding="utf-8").replace(old, new, 1)
    assert changed != path.read_text(encoding="utf-8")
    path.write_text(changed, encoding="utf-8")
    assert "Code it: themawijzer classify klein" in run("report", "klein", root=tmp_path, expected=2)


def test_other_responses_than_those_that_were_coded_ask_for_coding(tmp_path: Path) -> None:
    write_coded_survey(tmp_path)
    (tmp_path / "surveys/klein/responses.csv").write_text("nr\n1\n", encoding="utf-8")
    assert "changed since the survey was coded" in run("report", "klein", root=tmp_path, expected=2)


def test_files_for_dutch_excel_give_the_same_facts(tmp_path: Path, summary: Summary) -> None:
    write_coded_survey(tmp_path, delimiter=";")
    assert summary_of(tmp_path).shares == summary.shares


# What stands on the page


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (percent(0.375), "38%"),
        (percent(0.003), "<1%"),
        (percent(0.0), "0%"),
        (percent(None), "–"),
        (interval(0.251, 0.4), "25–40%"),
        (interval(0.131, 0.133), "13–14%"),
        (interval(None, None), ""),
        (decimal(2.5, 1), "2,5"),
        (whole(12345), "12.345"),
        (cell("a|b <i>\n*c*"), "a\\|b &lt;i> \\*c\\*"),
        (plain("a\u202eb\x00c\n d"), "a b c d"),
        (plain("x" * 100_000), "x" * 999 + "…"),
        (shade(0.0, 0.5), "#e2ecf6"),
        (shade(0.5, 0.5), "#154273"),
    ],
)
def test_figures_and_text_are_written_as_in_the_netherlands(value: str, shown: str) -> None:
    assert value == shown


def test_a_chart_has_a_mark_for_every_figure_and_an_axis_that_holds_them() -> None:
    codes = [
        CodeShare("a", "A", 0.3, 0.2, 0.45, 0.15, 9, ""),
        CodeShare("b", "B", None, None, None, None, None, "te weinig"),
    ]
    chart = share_chart(codes)
    assert [value for _, value in chart.ticks] == pytest.approx([0, 0.2, 0.4, 0.6])
    (row,) = chart.rows
    assert [(mark.kind, mark.at, mark.low, mark.high) for mark in row.marks] == [
        ("bar", 50, 33.33, 75),
        ("raw", 25, None, None),
    ]


@pytest.mark.parametrize("share", [0, 0.3, 0.5, 0.65, 0.68, 0.69, 0.72, 1])
def test_letters_in_a_map_have_enough_contrast_with_their_color(share: float) -> None:
    def luminance(color: str) -> float:
        parts = [int(color[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))

    letters = {"#fff": 1.0, "#000": 0.0}[ink(share, 1)]
    low, high = sorted((letters, luminance(shade(share, 1))))
    assert (high + 0.05) / (low + 0.05) >= 4.5


def test_groups_with_a_corrected_share_have_a_chart_with_the_share_of_all_as_a_line() -> None:
    shares = [CodeShare("a", "A", 0.3, 0.2, 0.4, 0.3, 200, "")]
    whole = ShareTable("respondent", "", "thema", "Thema", "substantive", "respondenten", 200, 120, shares)
    drenthe = Group("Drenthe", 100, 60, [CodeShare("a", "A", 0.1, 0.05, 0.2, 0.1, 100, "")])
    utrecht = Group("Utrecht", 100, 40, [CodeShare("a", "A", None, None, None, 0.5, 100, "te weinig")])
    ((code, chart),) = group_charts(Breakdown("provincie", whole, [drenthe, utrecht], n_hidden=0, is_too_long=False))
    assert (code.label, chart.line, [row.lines for row in chart.rows]) == ("A", pytest.approx(75), [["Drenthe"]])


def test_the_summary_is_json_that_others_can_read(root: Path, summary: Summary) -> None:
    facts = json.loads((root / "coded/klein/summary.json").read_text(encoding="utf-8"))
    assert list(facts)[:4] == ["survey", "title", "codebook", "intake"]
    assert facts["shares"][0]["codes"][0]["share"] == summary.shares[0].codes[0].share


@pytest.mark.parametrize(
    ("share", "as_percent", "as_decimal"),
    [
        (0.525, "53%", "0,53"),
        (0.005, "1%", "0,01"),
        (0.0049, "<1%", "0,00"),
        (0.285, "29%", "0,29"),
        (0.0, "0%", "0,00"),
    ],
)
def test_halves_go_up_in_the_report_and_in_the_card(share: float, as_percent: str, as_decimal: str) -> None:
    assert (percent(share), decimal(share)) == (as_percent, as_decimal)
