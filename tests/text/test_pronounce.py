"""Dictionary readings and transcripts against hand answers."""

import pytest

from voicehub.text.pronounce import dictionary, english_phones, transcript_phonemes
from voicehub.text.wordforms import add_s, derived_reading


def arpabet(phonemes):
    return " ".join(p.symbol + (str(p.accent - 6) if p.accent else "") for p in phonemes)


def boundaries(phonemes):
    return [p.boundary for p in phonemes if p.boundary != "none"]


@pytest.mark.parametrize(
    ("word", "reading"),
    [
        ("hello", "HH AH0 L OW1"),
        ("HELLO", "HH AH0 L OW1"),
        ("don't", "D OW1 N T"),
        ("don’t", "D OW1 N T"),
        ("iphone's", "AY1 F OW2 N Z"),
        ("tiktok", "T IH1 K T AA2 K"),
    ],
)
def test_known_words_read_as_in_the_dictionary(word, reading):
    phonemes = english_phones(word)
    assert arpabet(phonemes) == reading
    assert boundaries(phonemes) == ["word"]
    assert phonemes[-1].boundary == "word"
    assert {p.language for p in phonemes} == {"en"}


def test_unknown_words_have_no_reading():
    assert english_phones("zorblaxian") is None
    assert english_phones("") is None


def test_the_dictionary_is_whole():
    assert len(dictionary()) == 135_166
    assert dictionary()["read(2)"] == "R IY1 D"


def test_punctuation_of_a_transcript_becomes_boundaries():
    phonemes = transcript_phonemes("Mr. Smith, who's there? No: me!", "en")
    assert boundaries(phonemes) == [
        "word", "comma", "word", "question", "comma", "exclamation",
    ]  # fmt: skip


def test_a_transcript_in_capitals_ends_as_a_statement():
    phonemes = transcript_phonemes("HE DIDN'T GO", "en")
    assert arpabet(phonemes) == "HH IY1 D IH1 D AH0 N T G OW1"
    assert boundaries(phonemes) == ["word", "word", "period"]


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("the zorblaxian came", "en"),
        ("it was 5 o'clock", "en"),
        ("", "en"),
        ("Привет", "en"),
        ("你好5", "zh"),
        ("hello", "zh"),
        ("xyz4", "zh"),
        ("goede dag", "nl"),
    ],
)
def test_what_cannot_be_looked_up_is_refused(text, language):
    assert transcript_phonemes(text, language) is None


@pytest.mark.parametrize(
    ("word", "reading"),
    [("cat", "K AE1 T S"), ("dog", "D AO1 G Z"), ("bus", "B AH1 S IH0 Z")],
)
def test_s_sounds_as_the_last_phone_asks(word, reading):
    assert add_s(dictionary()[word]) == reading


@pytest.mark.parametrize(
    ("word", "reading"),
    [
        ("wugs", "W AH1 G Z"),
        ("wug's", "W AH1 G Z"),
        ("boxes", "B AA1 K S IH0 Z"),
        ("nightstream", "N AY1 T S T R IY2 M"),
        ("wugnight", None),
        ("gas", None),
    ],
)
def test_words_are_made_from_known_ones(word, reading):
    known = {"wug": "W AH1 G", "box": "B AA1 K S", "ga": "G AA1"}
    known |= {stem: dictionary()[stem] for stem in ("night", "stream")}
    known |= {f"{stem}{end}": "X" for stem in ("night", "stream") for end in ("s", "ed", "er")}
    assert derived_reading(word, known.get) == reading
