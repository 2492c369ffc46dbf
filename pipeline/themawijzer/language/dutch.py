"""Lists of Dutch words and phrases; another language needs another such file."""

import re

LANGUAGE = "nl"  # as simplemma calls it


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# spaCy's own pattern takes "1.zorg" and "zorg.bouw" for web addresses.
URL = re.compile(r"(?:https?://|www\.)\S+|(?:[\w-]+\.)+(?:nl|be|eu|nu|com|org|net)(?:[/?#]\S*)?", re.IGNORECASE)

# Signs that stand for an apostrophe, on phones, in Word and on other keyboards.
APOSTROPHES = str.maketrans(dict.fromkeys("’‘ʼ`´′＇", "'"))
# How words end of which a dictionary makes one the lemma of the other.
PLURAL = "en"  # and infinitives
FEMININE, MASCULINE = "ster", "er"

# Kinds of answers.

# What says nothing is in survey/no_answers.toml.
REFERENCE = re.compile(
    r"(zie|idem|ditto|dito|(het)?zelfde)( (ook|als|aan|bij|op|het|de|mijn|hier|hierboven|boven|bovenstaand\w*"
    r"|vorig\w*|eerder\w*|vraag|vragen|v|antwoord\w*|punt|hiervoor|toelichting|bijlage|onder))*"
)
# Dutch and what language identification takes for it when a Dutch answer is short or misspelled.
LIKE_DUTCH = frozenset({"nl", "af", "nds", "li", "vls", "zea", "lb"})

# What answers and codes are about.

# Words with a meaning of their own that are stop words to spaCy.
MEANINGFUL = _words("eigen gelijk gelijke vrij vrije")
CONJUNCTIONS = ("of", "en")  # between the parts of a label, of which one is enough
# Words without content, which an inclusion and an answer need not share.
FUNCTION_WORDS = _words("of de het een en van voor met in op aan te bij om door uit naar als die dat zonder")
