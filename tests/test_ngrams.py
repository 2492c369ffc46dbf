"""TF-IDF of characters: scikit-learn's, bit by bit."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer

from themawijzer.learning.ngrams import CharacterTfidf

KNOWN = ["meer groen in de wijk", "groen groen groen", "a", "ij", "mbo en hbo", "ΣΑΣ 👍", ""]
texts = st.lists(st.text("aboe 👍é\n\u00a0", max_size=30), max_size=8)


def peer() -> TfidfVectorizer:
    return TfidfVectorizer(
        analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True, lowercase=False, dtype=np.float32
    ).fit(KNOWN)


def test_an_ngram_lies_within_a_word_and_the_spaces_around_it() -> None:
    ngrams = CharacterTfidf().fit(["ja nu"]).ngrams_.tobytes().decode().split("\n")
    assert ngrams == [" j", " ja", " ja ", " n", " nu", " nu ", "a ", "ja", "ja ", "nu", "nu ", "u "]


def test_it_learns_what_scikit_learn_learns() -> None:
    own, theirs = CharacterTfidf().fit(KNOWN), peer()
    assert own.ngrams_.tobytes().decode().split("\n") == theirs.get_feature_names_out().tolist()
    assert own.idf_.tobytes() == theirs.idf_.tobytes()


@given(texts)
def test_it_gives_what_scikit_learn_gives(texts: list[str]) -> None:
    own, theirs = CharacterTfidf().fit(KNOWN), peer()
    new = [*texts, "groene wijken", "niets bekends xyz"]
    for ours, expected in (
        (own.transform(new), theirs.transform(new)),
        (own.counts(new), CountVectorizer.transform(theirs, new)),
    ):
        assert (ours.shape, ours.dtype) == (expected.shape, expected.dtype)
        assert ours.toarray().tobytes() == expected.toarray().tobytes()
