import pytest

from themawijzer.language.anonymity import Anonymity
from themawijzer.language.keywords import plain_words

ANSWERS = [
    "wethouder Visser moet weg",
    "Visser weg. Meer fietspaden!",
    "Fietspaden graag, en dan snel",
    "volgens mevrouw jansen kan het",
    "de bakker om de hoek, en Bakker Jan",
    "nog een bakker",
    "meneer smit\nSmit terug",
    "Kaag weg",
    "het UWV helpt",
    "VISSER EN JANSEN",
]


@pytest.mark.parametrize("word", ["visser", "jansen", "smit", "kaag"])
def test_a_word_that_may_be_a_name_never_stands_alone(word):
    assert plain_words({word}, ANSWERS, Anonymity()) == set()


@pytest.mark.parametrize("word", ["fietspaden", "bakker", "weg", "uwv"])
def test_an_ordinary_word_and_an_acronym_may_stand_alone(word):
    assert plain_words({word}, ANSWERS, Anonymity()) == {word}


def test_the_name_of_a_background_group_is_no_word_and_one_of_the_codebook_is():
    assert plain_words({"utrecht"}, ["in Utrecht", "utrecht"], Anonymity(places=["Utrecht"])) == set()
    assert plain_words({"zlimbus"}, ["meer zlimbus"], Anonymity(jargon=["Zlimbus en trein"])) == {"zlimbus"}
