import pytest

from themawijzer.language.anonymity import Anonymity
from themawijzer.language.singled_out import is_person

JARGON = ["UWV, wsp en mkb", "Regio Twente", "Omscholing en LLO"]


@pytest.mark.parametrize(
    "answer",
    [
        "meer samenwerking in de regio",
        "Structureel geld! En minder regels.",
        "UWV en het wsp, samen met het mkb",
        "sociaal-economische samenwerking",
        "wethouders en ambtenaren werken samen",
        "wat kan u doen?",
        "ik vind dat elke huisarts meer tijd verdient",
        "omdat ik achter hun standpunten sta",
        "Als kleine gemeente volgen wij de regio",
        "volgens mijn eigen mening is het goed zo",
        "Meer armoedebeleid en minder eenzaamheid in Nederland",
        "de burger is de klant",
        "dat is de enige oplossing",
        "mensen met een uitkering helpen",
    ],
)
def test_an_answer_of_ordinary_words_can_be_quoted(answer: str) -> None:
    assert Anonymity(JARGON).holds_of(answer)


@pytest.mark.parametrize(
    "answer",
    [
        "mail mij op naam@gemeente.nl",
        "bel 06 12345678",
        "wij wonen op 1234 ab",
        "samen met 3 gemeenten",
        "zie www.gemeente.nl",
        "zie gemeente.nl",
        "samenwerking met Jan",
        "Jan regelt het werk",
        "jan regelt het werk",
        "peter en mohammed regelen het werk",
        "sanne regelt het werk",
        "johan de vries regelt het",
        "volgens mevrouw bakker",
        "de wethouder bakker is tegen",
        "wethouder visser",
        "j. de boer regelt het",
        "mijn naam is groot",
        "vraag het de groot",
        "samen met de gemeente Ede",
        "samen met amsterdam",
        "HET MOET ANDERS",
        "sammenwerking",
        "",
        "!!!",
        "werk\u202emoet",
        "werk\x00",
        "работа",
        "<b>werk</b>",
    ],
)
def test_when_in_doubt_an_answer_is_not_quoted(answer: str) -> None:
    assert not Anonymity(JARGON).holds_of(answer)


FIRST_NAMES = """
    anna anne annemarie bram daan eva fatima femke frans hans henk ingrid iris jan jeroen joost karin kees kim klaas
    linda lotte maarten mark marieke marjan mohammed noor peter piet pieter rob robert roos ruud sanne sjoerd sophie
    thijs tim ton truus willem wim youssef wouter yvonne els joke koos nel riet miep
    """


@pytest.mark.parametrize(
    "answer",
    [
        # a name that is an ordinary word
        "wethouder de lange weet er alles van",
        "vraag het aan zomer van de receptie",
        "Hoop zegt altijd nee",
        "familie berk heeft alles in handen",
        "Het kan beter. Groeten. Berk",
        # numbers, moments and places
        "mijn oproep: nul zes, een twee, drie vier",
        "op nummer twee is het altijd donker",
        "vorige week werd hier ingebroken",
        "op zes mei is er iets gebeurd",
        "aan de bomenlaan is het gevaarlijk",
        "in ons dorp is geen winkel",
        "in houten is te weinig groen",
        "kapsalon de kam heeft geen vergunning",
        # the only one, and a role
        "de enige smid in de omgeving stopt",
        "als oprichter van de toneelgroep krijg ik niets",
        "Ik ben beiaardier en mis publiek",
        "werk als duiker en zie de vervuiling",
        "wij zijn met onze camper hierheen verhuisd",
        "voorzitter van de bridgeclub zijn is zwaar",
        # relatives, health, trouble, and what somebody did
        "mijn nicht drinkt",
        "de overbuurman slaat zijn hond",
        "heb reuma en kan de bus niet in",
        "al twee jaar in de schuldsanering",
        "de boswachter stroopt zelf",
        "hij neemt alles mee naar huis",
        "toen het clubhuis in brand stond kwam niemand",
    ],
)
def test_who_can_be_recognized_without_a_name_is_not_quoted(answer: str) -> None:
    assert not Anonymity(JARGON).holds_of(answer)


@pytest.mark.parametrize(
    ("word", "is_one"),
    [
        ("klokkenluider", True), ("timmerman", True), ("projectleider", True), ("bibliothecaris", False),
        ("timmerlieden", False), ("ondernemer", False), ("cijfer", False), ("beter", False), ("parlement", False),
    ],
)  # fmt: skip
def test_one_person_is_known_by_the_ending_of_a_job(word: str, *, is_one: bool) -> None:
    assert is_person(word) is is_one


@pytest.mark.parametrize("name", FIRST_NAMES.split())
def test_first_names_are_caught_in_lower_case_too(name: str) -> None:
    assert not Anonymity(JARGON).holds_of(f"het gaat goed met {name} en het werk")


def test_the_codebook_cannot_make_a_name_an_ordinary_word() -> None:
    assert not Anonymity(["Jan weet het"]).holds_of("vraag het jan")


def test_groups_that_respondents_belong_to_are_not_named() -> None:
    assert Anonymity().holds_of("hier in limburg gaat het goed")
    assert not Anonymity(places=["Limburg"]).holds_of("hier in limburg gaat het goed")
    assert not Anonymity(places=["Zuid-Limburg"]).holds_of("hier in zuid-limburg gaat het goed")
    assert Anonymity(places=["beleidsmedewerker werk"]).holds_of("hier gaat het werk goed")
