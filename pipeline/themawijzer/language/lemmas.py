"""Lemmas that are words, and the same for all forms of a word."""

import simplemma

from themawijzer.language.dutch import FEMININE, LANGUAGE, MASCULINE, PLURAL

LONGEST_PART = 30  # characters of the last part of a compound


def lemma_of(word: str) -> str:
    """The lemma that simplemma's dictionary gives a word in lower case, once.

    Twice would go too far: the lemma of "ouders" is "ouder", of which it is "oud". But words that are each other's
    lemma ("fiets" and "fietsen") get one: the plural or infinitive, else the shortest, which is the masculine one.
    """
    path = [_looked_up(word)]
    while (following := _looked_up(path[-1])) not in path:
        path.append(following)
    same = path if following == path[0] else path[:1]
    return min(same, key=lambda lemma: (not lemma.endswith(PLURAL), len(lemma), lemma))


def whole(word: str, lemma: str) -> str:
    """A lemma without the marks between the parts of a compound, in lower case as the word.

    Treebanks have "raad_lid" for "raadsleden": only the last part gets its own lemma, so that "raadslid" is left.
    """
    *parts, last = lemma.replace(" ", "_").split("_")
    if not (parts and last) or "_" in word or word.isspace():  # spaCy makes tokens of double blanks
        return lemma
    for start in range(max(0, len(word) - LONGEST_PART), len(word)):
        part = word[start:]
        if part[0].isalnum() and last in (part, _in_dictionary(part)):
            return word[:start] + last
    joined = ("-" if "-" in word else "").join([*parts, last])
    return joined if simplemma.is_known(joined, lang=LANGUAGE) else word


def _looked_up(word: str) -> str:
    lemma = whole(word, _in_dictionary(word))
    # The lemma of "werkgevers" is "werkgever", and that of "werkgever" is "werkgeefster".
    return word if lemma.endswith(FEMININE) and word.endswith(MASCULINE) else lemma


def _in_dictionary(word: str) -> str:
    return simplemma.lemmatize(word, lang=LANGUAGE).lower()
