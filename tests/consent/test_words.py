"""Words against posteriors: hand-made scores, codes and their rivals, verdicts."""

import numpy as np
import pytest
from numpy.typing import NDArray

from voicehub.consent.codes import new_code, words_of_language
from voicehub.consent.limits import WordLimits, word_limits
from voicehub.consent.words import Word, code_words, score_words, words_of
from voicehub.text.phonemes import PHONES

FRAMES = 6  # of a phone
LOW = float(np.log(1e-3))


def spoken(words: list[Word], silence: int = 4) -> NDArray[np.float32]:
    """Return the log posteriors of somebody who says these words clearly."""
    phones = [0] * silence
    for word in words:
        phones += [phone for phone in word.phones for _ in range(FRAMES)] + [0] * silence
    scores = np.full((len(phones), len(PHONES)), LOW, np.float32)
    scores[np.arange(len(phones)), phones] = 0.0
    return scores


def test_what_was_said_scores_nothing_off() -> None:
    words = words_of("I am the owner of this voice.")
    assert len(words) == 7
    found = score_words(spoken(words), words)
    assert found.overall == pytest.approx(0.0)
    assert found.words == pytest.approx(np.zeros(7))
    assert found.unexplained == 0.0


def test_one_wrong_word_is_off_by_itself() -> None:
    said = words_of("the river is deep")
    asked = words_of("the lantern is deep")
    found = score_words(spoken(said), asked)
    assert found.words[1] < LOW / 2
    assert found.words[[0, 2, 3]] == pytest.approx(np.zeros(3), abs=0.6)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_code_is_told_from_every_other(language: str) -> None:
    choice = words_of_language(language)
    code = code_words("4 7 2 9 " + " ".join(choice[:2]), language, choice)
    assert [len(word.rivals) >= 9 for word in code] == [True] * 6
    found = score_words(spoken(code), code)
    assert (found.code > 0).all()
    other = code_words("5 3 8 6 " + " ".join(choice[2:4]), language, choice)
    wrong = score_words(spoken(other), code)
    assert wrong.code.sum() < 0
    assert word_limits().judge(wrong) == "refuse"
    assert word_limits().judge(found) == "accept"


@pytest.mark.parametrize("language", ["en", "zh"])
def test_one_word_of_a_code_that_is_another_is_not_accepted(language: str) -> None:
    """Whichever it is, and although its neighbours are right: also where it lies in what was said."""
    choice = words_of_language(language)
    code = code_words("4 7 2 9 " + " ".join(choice[:2]), language, choice)
    other = code_words("5 3 8 6 " + " ".join(choice[2:4]), language, choice)
    for at in range(len(code)):
        said = [*code[:at], other[at], *code[at + 1 :]]
        found = score_words(spoken(said), code)
        assert found.code.argmin() == at
        assert word_limits().judge(found) != "accept"
    part = Word(code[0].phones[:1], (code[0].phones,))
    assert score_words(spoken([code[1], code[0], code[2]]), [code[1], part, code[2]]).code[1] < 0


def test_more_words_than_frames_never_fit() -> None:
    words = words_of("a statement that is far longer than this sound")
    found = score_words(spoken(words)[:20], words)
    assert found.overall == pytest.approx(LOW)
    assert word_limits().judge(found) == "refuse"


def test_speech_outside_the_words_is_seen() -> None:
    words = words_of("yes")
    found = score_words(spoken(words + words_of("and many other things besides")), words)
    assert found.unexplained > 0.5


def test_codes_have_digits_that_are_read_in_one_way() -> None:
    codes = [new_code(language) for language in ("en", "zh") for _ in range(50)]
    assert not any(digit in code for code in codes for digit in "01")


def test_a_person_hears_what_lies_between() -> None:
    limits = WordLimits((-1, -2), (0.8, 0.5), (0, -9), (0.2, 0.5), -2.5)
    words = words_of("one two three four")
    clear = spoken(words)
    murmured = clear.copy()
    murmured[:, 1:][clear[:, 1:] == 0] = -1.5
    murmured[clear[:, 0] < 0, PHONES.index("ZH")] = 0.0  # fits better, and is in no word
    assert limits.judge(score_words(clear, words)) == "accept"
    assert limits.judge(score_words(murmured, words)) == "wait"
