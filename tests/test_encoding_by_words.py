import logging

import pytest

from themawijzer.errors import InputError
from themawijzer.tables.encoding import find_codec
from themawijzer.tables.encoding_by_words import TWICE
from themawijzer.tables.table import read_table

WORDS = [
    "Súdwest-Fryslân",
    "café",
    "geïnteresseerd",
    "één",
    "financiële",
    "coördinatie",
    "CAFÉ",
    "à la carte",
    "enquête",
]
NAMES = [
    *WORDS, "zo’n foto’s", "“mooi”", "ja…nee", "€ 5", "m²", "per\xa0week", "Müller", "São Paulo", "SÃO PAULO", "Çelik",
    "Âge", "smørrebrød", "Ngô", "Ångström", "‘t Zand", "foto‘s", "20°", "½",
]  # fmt: skip
OTHER_NAMES = ["Âdil Şahin", "Gülşen", "İstanbul", "Wałęsa", "Łódź", "Dvořák", "Šarić", "Âşık", "Â", "Ã", "√2", "¬a"]


def write(path, words, codec="utf-8"):
    rows = "".join(f"{number};dit is {word} hier\r\n" for number, word in enumerate(words))
    path.write_bytes(f"nr;wens\r\n{rows}".encode(codec))
    return path


def misread(text, codec):
    """What a program writes as UTF-8 that took UTF-8 for another encoding."""
    found = (bytes([byte]).decode(codec, "replace") for byte in text.encode())
    return "".join(chr(byte) if one == "\ufffd" else one for byte, one in zip(text.encode(), found, strict=True))


@pytest.mark.parametrize("codec", ["mac_roman", "cp850"])
@pytest.mark.parametrize("n", [1, 4, 9])
def test_words_show_the_encodings_of_macintosh_and_ms_dos(tmp_path, caplog, codec, n):
    words = WORDS[:n]
    table = read_table(write(tmp_path / "a.csv", words, codec))
    assert table.dialect.encoding == codec
    assert table.frame["wens"].tolist() == [f"dit is {word} hier" for word in words]
    assert not caplog.records


@pytest.mark.parametrize("name", TWICE)
def test_words_show_that_utf_8_was_encoded_twice(tmp_path, caplog, name):
    words = [misread(word, TWICE[name]) for word in [*WORDS, "Á €’“ 😀"]]
    for mark in ("", "\ufeff"):
        path = write(tmp_path / "a.csv", words)
        path.write_bytes(mark.encode() + path.read_bytes())
        table = read_table(path)
        assert (table.dialect.encoding, table.frame["wens"].iloc[-1]) == (name, "dit is Á €’“ 😀 hier")
        assert read_table(path, encoding=name).frame.equals(table.frame)
    assert not caplog.records
    assert "Ã" in read_table(path, encoding="utf-8").frame["wens"].iloc[0] or name != "utf-8-as-cp1252"


@pytest.mark.parametrize("name", NAMES)
def test_windows_1252_stays_what_it_is(tmp_path, caplog, name):
    for words in ([name], [name, *WORDS]):
        assert find_codec(write(tmp_path / "a.csv", words, "cp1252")) in ("cp1252", "utf-8")
    assert not caplog.records


@pytest.mark.parametrize("name", [*NAMES, *OTHER_NAMES])
def test_utf_8_stays_what_it_is(tmp_path, caplog, name):
    for words in ([name], [name, *WORDS]):
        table = read_table(write(tmp_path / "a.csv", words))
        assert (table.dialect.encoding, table.frame["wens"].iloc[0]) == ("utf-8", f"dit is {name} hier")
    assert not caplog.records


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (
            "\n".join(["nr;wens", "1;één", "2;caf\x89n", "3;Fryslân", "4;enquête", "5;geïnteresseerd"]).encode(
                "latin-1"
            ),
            3,
        ),
        ("nr;wens\n1;Wałęsa\n2;Łódź\n".encode("cp1250"), 2),
        ("nr;wens\n1;een\n2;€ 5\n".encode("iso8859-15"), 3),
        ("nr;wens\n1;één\n2;financiÃ«le\n".encode(), 3),
    ],
)
def test_what_may_be_garbled_is_warned_of_with_its_line(tmp_path, caplog, content, line):
    path = tmp_path / "a.csv"
    path.write_bytes(content)
    with caplog.at_level(logging.WARNING):
        assert find_codec(path) in ("cp1252", "utf-8")
    [warning] = [record.getMessage() for record in caplog.records]
    assert warning.startswith(f"{path}, line {line}: ")
    assert "--encoding with init and import" in warning
    assert not any(word in warning for word in ("caf", "Wa", "financi"))


def test_text_that_was_not_encoded_twice_is_refused_as_such(tmp_path):
    for words in (["één"], ["Łódź"]):
        with pytest.raises(InputError, match="this text is not utf-8-as-cp1252"):
            read_table(write(tmp_path / "a.csv", words), encoding="utf-8-as-cp1252")


def test_answers_in_files_of_our_own_stay_as_they_were_typed(tmp_path):
    path = write(tmp_path / "a.csv", [misread("één", "cp1252")])
    assert read_table(path, is_ours=True).dialect.encoding == "utf-8"
