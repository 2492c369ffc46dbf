import csv
import tomllib
from pathlib import Path

import pandas as pd
import pytest
from conftest import run

from themawijzer.survey.personal import personal_columns
from themawijzer.tables.described import Description
from themawijzer.tables.table import Table, read_table

NAMES = ["Jan Smit", "An Vos", "Piet Bos", "Ria de Wit"]
MAILS = ["a@b.nl", "c.d@e.org", "f-g@h.co.uk", "i@j.nl"]
MOMENTS = ["2024-03-01T10:00:17", "2024-03-01 10:02", "01/03/2024 11:00", "45352.42"]
MACHINES = ["10.0.0.1", "192.168.1.12", "2001:db8::1", "8.8.8.8"]
PHONES = ["06-12345678", "+31 6 12345678", "0301234567", "(030) 123 45 68"]
PLACES = ["52.0907", "51.2", "53.11", "52,3702"]
CITIZENS = ["111222333", "123456782", "999994414", "10000008", "100000022"]


def kind(header, cells, **more):
    table = Table(path=Path("r.csv"), values=pd.DataFrame({header: cells}, dtype=str), **more)
    return personal_columns(table).get(header)


@pytest.mark.parametrize(
    ("expected", "cells", "headers"),
    [
        ("e-mail address", MAILS, ["RecipientEmail", "Email Address", "E-mail", "Email", "u_email", "emailadres"]),
        ("e-mail address", MAILS, ["2. Wat is uw e-mailadres?", "Uw e-mailadres (voor de bon)", "Naam en e-mailadres"]),
        ("IP address", MACHINES, ["IPAddress", "IP Address", "ipaddr", "IP-adres"]),
        ("name", NAMES, ["RecipientFirstName", "RecipientLastName", "First Name", "Last Name", "Name", "Naam"]),
        ("name", NAMES, ["Naam respondent", "Wat is uw naam?", "Voor- en achternaam", "Q3_Voornaam"]),
        ("time of answering", MOMENTS, ["StartDate", "EndDate", "RecordedDate", "Start Date", "submitdate"]),
        ("time of answering", MOMENTS, ["Begintijd", "Tijd van voltooien", "Start time", "Tijdstempel", "datestamp"]),
        ("time of answering", MOMENTS, ["Datum laatste actie", "Survey Completed On", "Submit Date (UTC)"]),
        ("time of answering", MOMENTS, ["startdate. Datum gestart", "Q1: Begin tijd", "Starttijd enquête"]),
        ("location", PLACES, ["LocationLatitude", "LocationLongitude", "Latitude"]),
        ("phone number", PHONES, ["Telefoonnummer", "Telefoon (mobiel)", "Phone number"]),
        ("token or device", ["aX3", "bY4", "cZ5", "dQ6"], ["token", "Toegangscode", "ExternalReference", "Panel ID"]),
        ("date of birth", ["1-2-1980", "12-11-1961", "3-3-1999", "4-4-1970"], ["Geboortedatum", "Date of birth"]),
        ("personal number", ["12", "13", "14", "15"], ["Personeelsnummer", "Klantnummer"]),
        ("address", ["Dorpsstraat 1", "Laan 2", "Plein 3a", "Kade 4"], ["Adres", "Straat en huisnummer"]),
    ],
)  # fmt: skip
def test_survey_tools_call_personal_columns_so(expected, cells, headers):
    assert {header: kind(header, cells) for header in headers} == dict.fromkeys(headers, expected)
    assert {header: kind(header, [""] * 4) for header in headers} == dict.fromkeys(headers, expected)


@pytest.mark.parametrize(
    ("header", "cells"),
    [
        ("Naam van uw gemeente", ["Ede", "Nijkerk", "Barneveld", "Putten"]),
        ("Naam: gemeente", ["Ede", "Nijkerk", "Barneveld", "Putten"]),
        ("gemeente_naam", ["Ede", "Nijkerk", "Barneveld", "Putten"]),
        ("organisatie", ["UWV", "Gemeente Ede", "WSP", "ROC"]),
        ("Naam organisatie", ["UWV", "Gemeente Ede", "WSP", "ROC"]),
        ("E-mailnieuwsbrief ontvangen?", ["ja", "nee", "ja", "ja"]),
        ("Begin hier met typen", ["meer bomen", "bus", "weg", "huizen"]),
        ("E-mail", ["1", "0", "0", "1"]),  # a box that could be ticked
        ("Telefoon", ["E-mail", "", "Telefoon", "Telefoon"]),
        ("WhatsApp", ["3", "5", "4", "1"]),
        ("Naam", ["Noord", "Zuid", "Noord", "Noord", "Zuid", "Noord"]),  # of a group
        ("nr", ["0000012345", "0000012346", "0000012347", "0000012348"]),
        ("respondent", ["1", "2", "3", "4"]),
        ("Respondent ID", ["118700000001", "118700000002", "118700000003", "118700000004"]),
        ("ResponseId", ["R_1a", "R_2b", "R_3c", "R_4d"]),
        ("postcode", ["3511", "3512", "3513", "0212"]),
        ("datum", ["2024-03-01", "2024-03-02", "2024-03-03", "2024-03-04"]),
        ("start", MOMENTS),
        ("Startdatum project", MOMENTS),
        ("Startdatum", ["ja", "nee", "ja", "ja"]),
        ("Geboortejaar", ["1980", "1981", "1982", "1983"]),
        ("budget", ["111222333", "123456789", "500000000", "250000000", "100000000", "300000000"]),
        ("toelichting", ["mail a@b.nl", "bel 06-12345678", "meer bomen", "woont op 3511 AB"]),
        ("Contact", ["goed", "matig", "goed", "slecht"]),
        ("versie", ["1.2.3", "1.2.4", "1.3.0", "2.0.0"]),
        ("", ["1", "2", "3", "4"]),
    ],
)
def test_what_only_resembles_them_is_not_personal(header, cells):
    assert kind(header, cells) is None


@pytest.mark.parametrize(
    ("expected", "cells"),
    [
        ("e-mail address", MAILS),
        ("e-mail address", ["nee", "a@b.nl", "Nee.", "", "c@d.nl", "liever niet"]),
        ("IP address", MACHINES),
        ("phone number", PHONES),
        ("personal number", CITIZENS),
        ("personal number", ["NL91ABNA0417164300", "NL02 RABO 0123 4567 89", "NL39RABO0300065264", "NL20INGB0001234567",
                             "NL86INGB0002445588"]),
        ("address", ["3511 AB", "3512ac", "1012 JS", ""]),
    ],
)  # fmt: skip
def test_what_a_column_holds_is_personal_whatever_it_is_called(expected, cells):
    assert kind("V17", cells) == expected


def test_the_label_of_an_spss_variable_tells_it_too():
    assert kind("V17", NAMES, described={"V17": Description(label="Wat is uw naam?")}) == "name"
    assert kind("V17", NAMES, described={"V17": Description(label="Naam van uw gemeente")}) is None


def test_who_took_part_without_a_name_is_no_group():
    assert kind("E-mail", ["anonymous"] * 4) == "e-mail address"


RESPONSES = [
    ("nr", "Begintijd", "E-mail", "wens", "gemeente", "labels"),
    *(
        (f"{n}", f"2024-03-{n + 1:02d}T10:00", f"p{n}@b.nl", f"meer {what} graag {n}", "Ede", what)
        for n, what in enumerate(["bomen", "bussen"] * 12)
    ),
]


def put(folder):
    path = folder / "in.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(RESPONSES)
    return path


def init(root, *more):
    options = ["--responses", put(root), "--respondent-id", "nr", "--question", "wens", "--background", "gemeente"]
    told = run("init", "s", *options, *more, root=root)
    return told, tomllib.loads((root / "surveys/s/survey.toml").read_text(encoding="utf-8"))


def test_init_leaves_them_out_and_says_how_to_keep_them(tmp_path):
    told, survey = init(tmp_path)
    assert survey["leave_out"] == ["Begintijd", "E-mail"]
    named = "Begintijd (time of answering), E-mail (e-mail address)"
    assert f"\nLeft out of the coded dataset, as they look personal: {named}.\n  --keep COLUMN keeps one" in told
    written = (tmp_path / "surveys/s/survey.toml").read_text(encoding="utf-8")
    assert "] # persoonlijk, en daarom niet in de gecodeerde dataset" in written
    assert (tmp_path / "surveys/s/responses.csv").read_bytes() == (tmp_path / "in.csv").read_bytes()


def test_init_keeps_what_is_to_be_kept(tmp_path):
    told, survey = init(tmp_path, "--keep", "E-mail", "--keep", "Begintijd")
    assert survey["leave_out"] == []
    assert "personal" not in told


def test_init_leaves_out_nothing_that_is_asked_for_but_tells_it(tmp_path):
    options = ["--respondent-id", "E-mail", "--question", "wens", "--background", "Begintijd"]
    told = run("init", "s", "--responses", put(tmp_path), *options, root=tmp_path)
    survey = tomllib.loads((tmp_path / "surveys/s/survey.toml").read_text(encoding="utf-8"))
    assert survey["leave_out"] == []
    named = "Begintijd (time of answering), E-mail (e-mail address)"
    assert f"\nThese look personal too, but are asked for, and every output has them: {named}.\n" in told


def test_a_survey_that_says_nothing_of_them_keeps_them_and_is_told_so(tmp_path):
    init(tmp_path)
    path = tmp_path / "surveys/s/survey.toml"
    whole = path.read_text(encoding="utf-8")
    start, stop = whole.index("leave_out"), whole.index("[[question]]")
    run("import", "s", tmp_path / "in.csv", "--codeframe", "thema", "--labels-column", "labels", root=tmp_path)
    run("train", "s", root=tmp_path)
    assert "personal" not in run("classify", "s", root=tmp_path)
    assert read_table(tmp_path / "coded/s/responses_coded.csv").frame.columns[1] == "wens"

    with (tmp_path / "later.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("nr", "Begintijd", "E-mail", "Wens ", "gemeente", "labels"), *RESPONSES[1:]])
    written = path.read_text(encoding="utf-8").replace(whole[start:stop], 'leave_out = ["Begintijd"]\n\n')
    path.write_text(written, encoding="utf-8")
    assert "personal" not in run("classify", "s", root=tmp_path)
    told = run("classify", "s", "--input", tmp_path / "later.csv", root=tmp_path)
    remedy = (
        '  To leave them out, write this near the top of surveys/s/survey.toml: leave_out = ["Begintijd", "E-mail"]\n'
    )
    assert f"\nThese columns look personal, and are in the coded dataset: E-mail (e-mail address).\n{remedy}" in told

    path.write_text(written.replace('leave_out = ["Begintijd"]\n\n', ""), encoding="utf-8")
    told = run("classify", "s", root=tmp_path)
    assert f"Begintijd (time of answering), E-mail (e-mail address).\n{remedy}" in told
    assert list(read_table(tmp_path / "coded/s/responses_coded.csv").frame.columns[:6]) == list(RESPONSES[0])
    path.write_text(f"keep = ['E-mail']\n{path.read_text(encoding='utf-8')}", encoding="utf-8")
    assert "personal" not in run("classify", "s", root=tmp_path)
