"""Lists of Dutch words and phrases; another language needs another such file."""

import re

LANGUAGE = "nl"  # as simplemma calls it


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


def _phrases(text: str) -> frozenset[str]:
    return frozenset(" ".join(phrase.split()) for phrase in text.split("|"))


# spaCy's own pattern takes "1.zorg" and "zorg.bouw" for web addresses.
URL = re.compile(r"(?:https?://|www\.)\S+|(?:[\w-]+\.)+(?:nl|be|eu|nu|com|org|net)(?:[/?#]\S*)?", re.IGNORECASE)

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

# Whom answers may name.

# Names that the lexicon knows, most of them because they are ordinary words too.
NAMES = _words(
    """
    aad abel abraham albert alexander amber arend arie astrid axel bas benjamin bob bobby boudewijn bram
    christoffel daan dik dolf douwe driek dylan eise elco ellen els eva ferry flip frank frans geert geertje
    grietje hannes hans hein helen hendrik henry ida iris jaap jan jasmijn jet job johannes joke jonas joop
    karel karin karst kim klaas koen koert koos leen leentje leopold lies linde loek lot luit luna maarten
    maartje madelief marc margriet marina mark mats maxime mees mieke miep mies mohammed nel noor noortje oscar
    pelle peter pier piet puck quinten rachel rein rex riet rik rob robbert robert roman roos sten steven storm
    tim tommy ton toon trees ward willem wim wout blom evers kaag klaver koster kramer krol kuiper kuipers
    leeuwen macron maxima merkel mulder peters schouten vliet vries vink vos wilders willems
    """
)
NAME_PAIRS = _phrases(
    """
    de jong|de groot|de wit|de bruin|de graaf|de haan|de mol|van dijk|van veen|van berg|van beek|van wijk
    |van bos|van linden|van heuvel|van broek|van wal|mijn naam|ik heet
    """
)
# Frequent words that the lexicon lacks.
ORDINARY = _words(
    """
    anders bijstand daaraan daarbij daarvan daarvoor daarmee ervan genoeg gedeelde ipv omscholing overeind
    straks verderop voorop waarbij waardoor waarin waarvan waarvoor waarop waaraan waarmee zelfde
    """
)
TITLES = _words(
    """
    dhr mw mevr mevrouw meneer mijnheer heer dokter dr drs ir ing mr prof juf ds pastoor
    """
)
OFFICES = _words(
    """
    wethouder burgemeester minister staatssecretaris premier directeur voorzitter gedeputeerde secretaris
    collega
    """
)
# What may follow an office; another word may be a name.
AFTER_OFFICE = _words(
    """
    en of die dat met in van voor op is was heeft zijn om als bij over kan moet wil te er aan uit
    """
)
