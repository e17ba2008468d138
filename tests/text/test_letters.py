"""Spelling to sound: what it knows, how often it errs, and that its training learns."""

import time
import zlib

import pytest

from voicehub.text.align_letters import align
from voicehub.text.letters import SYMBOLS, guess_phones, letter_model, unpack
from voicehub.text.phonemes import ENGLISH_VOWELS
from voicehub.text.train_letters import pack, score_words, split_dictionary


@pytest.mark.parametrize(
    ("word", "phones"),
    [
        ("blick", "B L IH1 K"),
        ("splunge", "S P L AH1 N JH"),
        ("phishing", "F IH1 SH IH0 NG"),
        ("knave", "N EY1 V"),
        ("nightglow", "N AY1 T G L OW2"),
    ],
)
def test_new_words_sound_as_they_are_spelled(word, phones):
    assert guess_phones(word) == phones


def test_any_letters_give_phones_with_at_most_one_main_stress():
    for word in ("a", "zzz", "qx", "xqzjk", "schtroumpf", "Zürich!", "aeiou"):
        phones = guess_phones(word).split()
        assert phones
        assert set(phones) <= set(SYMBOLS)
        assert sum(phone.endswith("1") for phone in phones) <= 1
    assert guess_phones("") == guess_phones("123") == ""


def test_a_word_without_end_is_read_piece_by_piece():
    assert len(guess_phones("ba" * 500).split()) > 500


def test_error_rates_on_held_out_words():
    _, held_out = split_dictionary()
    fixed = {w: r for w, r in held_out.items() if zlib.crc32(w.encode()) // 20 % 12 == 0}
    assert 400 < len(fixed) < 600
    begin = time.process_time()
    score = score_words(letter_model(), fixed)
    assert (time.process_time() - begin) / len(fixed) < 0.020  # seconds a word
    # all 5801 held-out words: 7.1 %, 28.4 % and 33.3 %
    assert score.phone_error_rate < 0.085
    assert score.word_error_rate < 0.32
    assert score.word_error_rate_with_stress < 0.38


def test_training_learns_a_toy_spelling():
    consonants = {"b": "B", "d": "D", "k": "K", "sh": "SH", "t": "T"}
    vowels = {"a": "AE1", "ee": "IY1", "o": "AA1"}
    pairs = [
        (c1 + v + c2, (p1, pv, p2))
        for c1, p1 in consonants.items()
        for v, pv in vowels.items()
        for c2, p2 in consonants.items()
    ]
    unseen = {"sheesh": [("SH", "IY1", "SH")], "dosh": [("D", "AA1", "SH")]}
    training = [pair for pair in pairs if pair[0] not in unseen]
    words = align(training, iterations=6, min_count=1)
    assert [("sh", ("SH",)), ("a", ("AE1",)), ("t", ("T",))] in words
    model = unpack(pack(words, cutoffs=(1, 1, 1)))
    score = score_words(model, unseen)
    assert score.phone_error_rate == 0
    assert score.words == 2


def test_probabilities_after_a_context_sum_to_one():
    words = [[("a", ("AE1",)), ("b", ("B",))], [("b", ("B",)), ("a", ("AE1",))]] * 3
    model = unpack(pack(words, cutoffs=(1, 1)))
    every = range(len(model.letters))
    for context in range(1 + len(model.letters)):
        contexts = [context] * len(model.letters)
        scores, _ = model.advance(*(_array(values) for values in (contexts, every)))
        total = sum(2.718281828459045**score for score in scores[1:])  # 0 is the word's start
        assert total == pytest.approx(1, abs=0.08)  # stored in steps of 1/16 nat


def _array(values):
    import numpy as np

    return np.array(list(values))


def test_symbols_are_the_phones_of_the_inventory():
    assert len(SYMBOLS) == 24 + 3 * len(ENGLISH_VOWELS)
