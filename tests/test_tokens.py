import logging
from pathlib import Path

import pytest
import simplemma
import spacy
from simplemma.strategies.dictionaries.dictionary_factory import DefaultDictionaryFactory
from spacy.lookups import Lookups

from themawijzer.language.lemmas import lemma_of, whole
from themawijzer.language.tokens import FALLBACK, Tokenizer, Word, load_tokenizer
from themawijzer.survey.no_answers import MOST_READ

TRAINED = Path(__file__).parents[2] / "shared" / "models" / "nl_ud_xs"
NOT_INSTALLED = "nl_this_is_not_installed"


@pytest.fixture(scope="module")
def fallback() -> Tokenizer:
    return load_tokenizer(NOT_INSTALLED)


@pytest.fixture(scope="module")
def trained() -> Tokenizer:
    if not TRAINED.is_dir():
        pytest.skip(f"no trained pipeline at {TRAINED}")
    return load_tokenizer(str(TRAINED))


def lemmas(tokenizer: Tokenizer, text: str) -> list[str]:
    (words,) = tokenizer.tokenize([text])
    return [word.lemma for word in words]


def typed(tokenizer: Tokenizer, text: str) -> list[str]:
    (words,) = tokenizer.tokenize([text])
    return [word.text for word in words]


LISTS = [
    ("mbo/hbo", ["mbo", "hbo"]),
    ("RMT/WSP/UWV", ["RMT", "WSP", "UWV"]),
    ("zorg+bouw", ["zorg", "+", "bouw"]),
    ("mkb&zzp", ["mkb", "zzp"]),
    ("zorg,bouw", ["zorg", "bouw"]),
    ("zorg;bouw;techniek", ["zorg", "bouw", "techniek"]),
    ("wsp/rmt;uwv", ["wsp", "rmt", "uwv"]),
    ("zorg.bouw.techniek", ["zorg", "bouw", "techniek"]),
    ("Zorg.Bouw", ["Zorg", "Bouw"]),
    ("1.zorg 2.bouw", ["1", "zorg", "2", "bouw"]),
    ("10.zorg", ["10", "zorg"]),
    ("1)zorg 2)bouw", ["1", "zorg", "2", "bouw"]),
    ("1. zorg\n2. bouw", ["1", "zorg", "2", "bouw"]),
    ("- zorg\n- bouw", ["zorg", "bouw"]),
    ("-zorg\r\n-bouw", ["zorg", "bouw"]),
    ("• zorg\n•bouw", ["zorg", "bouw"]),
    ("*zorg *bouw", ["zorg", "bouw"]),
    ("zorg (bouw)", ["zorg", "bouw"]),
    ("zorg\u00a0bouw", ["zorg", "bouw"]),
]
WHOLE = ["o&o-fondsen", "R&D", "24/7", "en/of", "zij-instroom", "i.s.m.", "n.v.t.", "5.000", "A/B", "MKB'ers"]


@pytest.mark.parametrize(("text", "expected"), LISTS)
def test_a_list_without_spaces_falls_apart_into_its_items(fallback, text, expected):
    assert typed(fallback, text) == expected


@pytest.mark.parametrize(("text", "expected"), LISTS)
def test_a_trained_pipeline_splits_lists_alike(trained, text, expected):
    assert typed(trained, text) == expected


@pytest.mark.parametrize("text", WHOLE)
def test_one_word_with_signs_in_it_stays_whole(fallback, text):
    assert typed(fallback, text) == [text]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("GEMEENTEN WERKEN SAMEN", ["gemeente", "werken", "samen"]),
        ("gemeenten werken samen", ["gemeente", "werken", "samen"]),
        ("Scholen en bedrijven", ["school", "en", "bedrijf"]),
        ("arbeidsmarktregio's", ["arbeidsmarktregio"]),
        ("het liep goed", ["het", "lopen", "goed"]),
        ("  het   liep \t\n  goed  ", ["het", "lopen", "goed"]),
        ("xxxxxx", ["xxxxxx"]),
        ("", []),
        (" \n\t ", []),
        ("-", []),
        ("?!...", []),
        ("Top 👍", ["top", "👍"]),
        ("👍zorg🙂bouw", ["👍", "zorg", "🙂", "bouw"]),
    ],
)
def test_the_fallback_gives_lower_case_lemmas(fallback, text, expected):
    assert lemmas(fallback, text) == expected


def test_what_a_text_is_about_has_no_stop_words_whatever_form_they_have(fallback):
    (topics,) = fallback.topics(["'s zomers vrijere toeristen en gelijke kansen, die er waren"])
    assert topics == ["zomer", "vrij", "toerist", "gelijk", "kans"]


@pytest.mark.parametrize(
    ("forms", "lemma"),
    [
        (["website", "websites"], "website"),
        (["samenwerken", "samenwerkt", "samengewerkt"], "samenwerken"),
        (["gemeenteraad", "Gemeenteraad"], "gemeenteraad"),
        (["gemeenteraadsverkiezingen"], "gemeenteraadsverkiezing"),
        (["stadsmuur", "stadsmuren"], "stadsmuur"),
        (["minister-president"], "minister-president"),
        (["e.d."], "e.d."),
        (["fiets", "fietsen"], "fietsen"),
        (["kost", "kosten"], "kosten"),
        (["werkgever", "werkgevers"], "werkgever"),
        (["werknemer", "werknemers", "werkneemster"], "werknemer"),
        (["ouder", "ouders"], None),
    ],
)
def test_all_forms_of_a_word_have_one_lemma_that_is_a_word(fallback, forms, lemma):
    found = {each for form in forms for each in lemmas(fallback, form)}
    assert found == ({lemma} if lemma else {"ouder", "oud"})


def test_no_lemma_of_the_dictionary_has_an_underscore():
    known = DefaultDictionaryFactory().get_dictionary("nl")
    forms = [form for form, lemma in known.items() if "_" in lemma]
    assert forms
    assert [form for form in forms if "_" in lemma_of(form.lower())] == []


@pytest.mark.parametrize(
    ("word", "lemma", "expected"),
    [
        ("arbeidsmarkten", "arbeid_markt", "arbeidsmarkt"),
        ("opgebeld", "op_bellen", "opbellen"),
        ("websites", "web site", "website"),
        ("raadsleden", "raad_lid", "raadsleden"),
        ("web_sites", "web_site", "web_site"),
        ("school", "school", "school"),
        ("", "", ""),
        ("zorg", "_", "_"),
    ],
)
def test_a_lemma_in_parts_becomes_the_word(word, lemma, expected):
    assert whole(word, lemma) == expected


SIGNS = "’‘ʼ`´′＇"


@pytest.mark.parametrize("tokenizer", ["fallback", "trained"])
@pytest.mark.parametrize("sign", SIGNS)
@pytest.mark.parametrize("text", ["Zzp'ers en foto's", "'s avonds in 't spoor", "zo'n 'auto'", "i.p.v. auto's."])
def test_a_sign_for_an_apostrophe_is_one(tokenizer, sign, text, request):
    tokenizer, typed_so = request.getfixturevalue(tokenizer), text.replace("'", sign)
    straight, other = (next(tokenizer.tokenize([each])) for each in (text, typed_so))
    assert [word.lemma for word in other] == [word.lemma for word in straight]
    assert [word.text for word in other] == [word.text.replace("'", sign) for word in straight]
    assert tokenizer.split([typed_so]) == [[word.text for word in other]]
    assert list(tokenizer.topics([typed_so])) == list(tokenizer.topics([text]))


@pytest.mark.parametrize(
    "address",
    ["https://vng.nl", "http://intranet/pagina?a=1", "www.vng.nl/arbeidsmarkt", "vng.nl", "VNG.nl/x", "a.b-c.eu"],
)
def test_a_web_address_is_one_word_with_one_lemma(fallback, address):
    (words,) = fallback.tokenize([f"zie {address}, daar"])
    assert words[1] == Word(address, "<url>")
    assert [word.text for word in words] == ["zie", address, "daar"]


@pytest.mark.parametrize("text", ["1.zorg", "zorg.bouw", "bijv.zorg", "n.v.t.", "info@vng.nl", "o.a.zorg"])
def test_what_only_looks_like_a_web_address_is_none(fallback, text):
    assert "<url>" not in lemmas(fallback, text)


@pytest.mark.parametrize("tokenizer", ["fallback", "trained"])
def test_words_without_lemmas_are_the_same_words(tokenizer, request):
    tokenizer = request.getfixturevalue(tokenizer)
    texts = [*(text for text, _ in LISTS), *WHOLE, "Zie VNG.nl/x, en bijv. de kinderen!", "", " \n"]
    assert list(tokenizer.split(texts)) == [[word.text for word in words] for words in tokenizer.tokenize(texts)]


def test_words_without_lemmas_do_not_run_the_pipeline(fallback, monkeypatch):
    monkeypatch.setattr(simplemma, "lemmatize", None)
    assert list(fallback.split(["De bedrijven"])) == [["De", "bedrijven"]]


def test_a_word_is_kept_as_it_was_typed(fallback):
    assert list(fallback.tokenize(["GeMeenten"])) == [[Word("GeMeenten", "gemeente")]]


@pytest.mark.parametrize("tokenizer", ["fallback", "trained"])
def test_every_text_has_its_result_in_the_same_order(tokenizer, request):
    texts = ["zorg", "", "bouw", "-", "zorg"] * 103
    words = request.getfixturevalue(tokenizer).tokenize(text for text in texts)
    assert [[word.text for word in each] for each in words] == [["zorg"], [], ["bouw"], [], ["zorg"]] * 103


@pytest.mark.parametrize("tokenizer", ["fallback", "trained"])
@pytest.mark.parametrize("text", ["duur " * 300_000, "a" * 1_200_000], ids=["words", "one word"])
def test_the_first_part_of_a_very_long_text_is_read(tokenizer, text, request):
    tokenizer = request.getfixturevalue(tokenizer)
    (words,) = tokenizer.split([text])
    assert sum(map(len, words)) + text[:MOST_READ].count(" ") == MOST_READ
    assert [[word.text for word in each] for each in tokenizer.tokenize([text])] == [words]
    assert len(list(tokenizer.topics([text]))) == 1


def test_no_text_gives_no_result(fallback):
    assert list(fallback.tokenize([])) == []


def test_a_missing_pipeline_is_said_once_and_replaced(caplog):
    with caplog.at_level(logging.WARNING):
        tokenizer = load_tokenizer(NOT_INSTALLED)
        list(tokenizer.tokenize(["zorg", "bouw"]))
    assert tokenizer.name == FALLBACK
    assert [record.getMessage() for record in caplog.records] == [
        f"spaCy pipeline {NOT_INSTALLED} is not installed; using spaCy's Dutch tokenizer with simplemma."
    ]


def test_the_name_of_the_fallback_has_the_version_of_its_lemmas():
    assert FALLBACK.startswith("blank_nl+simplemma ")
    assert FALLBACK.split()[1][0].isdigit()


def test_a_trained_pipeline_is_known_by_name_and_version(trained):
    assert trained.name == "nl_ud_xs 0.1.0"


def test_a_trained_pipeline_keeps_only_what_lemmas_need(trained):
    assert trained._nlp.component_names == ["tok2vec", "lemmatizer", "whole_lemmas"]


def test_a_trained_pipeline_gives_its_own_lemmas(trained):
    assert lemmas(trained, "De bedrijven werkten met scholen") == ["de", "bedrijf", "werken", "met", "school"]


def test_a_rule_based_lemmatizer_keeps_the_tags_it_needs(tmp_path):
    nlp = spacy.blank("nl")
    nlp.add_pipe("morphologizer")
    nlp.add_pipe("sentencizer", name="senter")
    tables = Lookups()
    for name in ("lemma_lookup", "lemma_rules", "lemma_exc", "lemma_index"):
        tables.add_table(name)
    nlp.add_pipe("lemmatizer", config={"mode": "rule"}).initialize(lookups=tables)
    nlp.to_disk(tmp_path / "own")
    assert load_tokenizer(str(tmp_path / "own"))._nlp.component_names == ["morphologizer", "lemmatizer", "whole_lemmas"]


def test_a_pipeline_without_lemmas_gets_those_of_simplemma(tmp_path, monkeypatch):
    nlp = spacy.blank("nl")
    nlp.add_pipe("sentencizer", name="senter")
    nlp.meta["name"], nlp.meta["version"] = "kaal", "2.0.0"
    nlp.to_disk(tmp_path / "kaal")
    tokenizer = load_tokenizer(str(tmp_path / "kaal"))
    monkeypatch.chdir(tmp_path)
    assert load_tokenizer("kaal").name == FALLBACK  # a folder where somebody works is nobody's choice
    assert tokenizer.name == "nl_kaal 2.0.0"
    assert tokenizer._nlp.component_names == ["simplemma"]
    assert lemmas(tokenizer, "GEMEENTEN") == ["gemeente"]


@pytest.mark.parametrize("blanks", ["  ", " \t", "\n  "])
def test_blanks_are_their_own_lemma(blanks):
    assert whole(blanks, blanks) == blanks
    assert lemma_of(blanks) == blanks
