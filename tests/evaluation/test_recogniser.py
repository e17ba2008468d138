"""Word errors by hand, and the recogniser's behaviour at its edges."""

import sys
from collections.abc import Callable

import numpy as np
import pytest

from voicehub.audio.waveform import Waveform
from voicehub.errors import InputError, MissingToolError
from voicehub.evaluation.recogniser import (
    Recogniser,
    WordErrors,
    normalise_text,
    word_error_rate,
)


def test_texts_are_normalised() -> None:
    assert (
        normalise_text("Don\u2019t  STOP, well-known 'friend'!") == "don't stop well known friend"
    )
    assert normalise_text("In 1990: \u201cyes\u201d \u2014 no_one") == "in 1990 yes no one"
    assert normalise_text(" ... ") == ""


@pytest.mark.parametrize(
    ("hypothesis", "errors"),
    [
        ("the cat sat down", 0),
        ("THE CAT, SAT DOWN.", 0),
        ("the hat sat down", 1),
        ("the sat down", 1),
        ("the cat has sat down", 1),
        ("", 4),
        ("a dog", 4),
    ],
)
def test_word_errors_by_hand(hypothesis: str, errors: int) -> None:
    pytest.importorskip("jiwer")
    assert word_error_rate("The cat sat down.", hypothesis) == WordErrors(errors, 4)


def test_rates_are_pooled_by_words() -> None:
    pytest.importorskip("jiwer")
    total = word_error_rate("one two three four", "one two three") + word_error_rate("yes", "no")
    assert total == WordErrors(2, 5)
    assert total.rate == 0.4


def test_without_words_there_is_no_rate() -> None:
    pytest.importorskip("jiwer")
    nothing = word_error_rate("?!", "two words")
    assert nothing == WordErrors(2, 0)
    with pytest.raises(InputError, match="at least one word"):
        _ = nothing.rate


def test_missing_packages_name_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pocketsphinx", None)
    monkeypatch.setitem(sys.modules, "jiwer", None)
    with pytest.raises(MissingToolError, match=r"pocketsphinx.*voicehub\[evaluate\]"):
        Recogniser()
    with pytest.raises(MissingToolError, match=r"jiwer.*voicehub\[evaluate\]"):
        word_error_rate("a", "a")


def test_decoding_does_not_depend_on_what_came_before(vowel: Callable[..., Waveform]) -> None:
    pytest.importorskip("pocketsphinx")
    recogniser = Recogniser()
    low, high = vowel(110, seconds=0.8), vowel(220, seconds=0.6, name="i")
    first = recogniser.transcribe(low)
    for n_samples in (0, 1, 500):
        recogniser.transcribe(Waveform(np.zeros(n_samples, np.float32)))
    recogniser.transcribe(high)
    assert recogniser.transcribe(low) == first
    assert recogniser.transcribe(Waveform(np.zeros(0, np.float32))) == ""
