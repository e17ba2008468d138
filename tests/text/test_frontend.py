"""The whole front end: sentences, boundaries, overrides, errors, and anything at all as input."""

import json
import time
from itertools import islice

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voicehub.errors import NotFoundError, SettingsError, TextError
from voicehub.text.frontend import LONGEST_SENTENCE, Frontend, load_overrides
from voicehub.text.phonemes import SILENCE

ENDS = ("period", "question", "exclamation")


def spoken(text, overrides=None):
    """Return phones with stress or tone digits, words apart by | and the last mark as it stands."""
    return [_line(sentence) for sentence in Frontend(overrides).sentences(text)]


def _line(sentence):
    marks = {"word": " |", "comma": " ,", "period": " .", "question": " ?", "exclamation": " !"}
    parts = []
    for p in sentence.phonemes:
        accent = "" if not p.accent else str(p.accent - 6 if p.language == "en" else p.accent)
        parts.append(p.symbol + accent + marks.get(p.boundary, ""))
    return " ".join(parts)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("Hello, world!", "HH AH0 L OW1 , W ER1 L D !"),
        ("Is it?", "IH1 Z | IH1 T ?"),
        ("no mark", "N OW1 | M AA1 R K ."),
        ("你好，世界。", "N IY2 | HH AW3 , SHR IR4 | J Y4 EH4 ."),
        ("the apple", "DH IY0 | AE1 P AH0 L ."),
        ("the pear", "DH AH0 | P EH1 R ."),
        ("I have read it", "AY1 | HH AE1 V | R EH1 D | IH1 T ."),
        ("I will read it", "AY1 | W IH1 L | R IY1 D | IH1 T ."),
        ("a record", "AH0 | R EH1 K ER0 D ."),
        ("to record", "T UW1 | R AH0 K AO1 R D ."),
        ("the use", "DH AH0 | Y UW1 S ."),
        ("we use", "W IY1 | Y UW1 Z ."),
        ("live music", "L AY1 V | M Y UW1 Z IH0 K ."),
        ("GPUs", "JH IY1 | P IY1 | Y UW1 Z ."),
        ("W", "D AH1 B AH0 L Y UW0 ."),
        ("sooooo", "S OW1 ."),
        ("blick's", "B L IH1 K S ."),
        ("用A4纸", "Y4 UH4 NG4 | EY1 | S IZ4 | ZHR IR3 ."),
    ],
)
def test_hand_answers(text, line):
    assert spoken(text) == [line]


def test_english_and_chinese_share_a_sentence():
    (sentence,) = Frontend().sentences("我用iPhone 15打给Dr. Wang。")
    assert _line(sentence) == (
        "W3 AO3 | Y4 UH4 NG4 | AY1 F OW2 N | SHR IR2 | UW3 | D AA3 | G EY3 | "
        "D AA1 K T ER0 | W AE1 NG ."
    ).replace("UW3 | D AA3", "UW2 | D AA2")  # wu da gei: three third tones, the last keeps its own
    assert sentence.text == "我用iPhone 15打给Dr. Wang。"
    assert {p.language for p in sentence.phonemes} == {"en", "zh"}


def test_sentences_keep_their_text():
    text = "First one.  Second one? 第三句！"
    assert [s.text for s in Frontend().sentences(text)] == ["First one.", "Second one?", "第三句！"]


@pytest.mark.parametrize(
    "clause", ["and then we walked to the river, because it was late, ", "we walked on and on ",
               "我们一起去重庆吃火锅，", "我们一起去重庆吃火锅"],
)  # fmt: skip
def test_a_long_sentence_comes_in_parts(clause):
    text = clause * 20
    parts = list(Frontend().sentences(text))
    assert len(parts) > 1
    assert "".join("".join(part.text for part in parts).split()) == "".join(text.split())
    for part in parts:
        assert len(part.phonemes) <= LONGEST_SENTENCE
    assert parts[-1].phonemes[-1].boundary == "period"
    assert all(part.phonemes[-1].boundary in ("comma", "period") for part in parts)
    if "," in clause:
        assert all(part.text.endswith(",") for part in parts)


def test_a_question_keeps_its_mark_on_the_last_part_only():
    parts = list(Frontend().sentences("do you know that we walked on, " * 12 + "or not?"))
    assert [part.phonemes[-1].boundary for part in parts] == ["comma"] * (len(parts) - 1) + [
        "question"
    ]


def test_overrides_replace_readings():
    overrides = {"VoiceHub": "V OY1 S HH AH2 B", "重庆": "zhong4 qing4", "B2B": "B IY1"}
    assert spoken("voicehub's 重庆 B2B", overrides) == [
        "V OY1 S HH AH2 B Z | ZHR UH4 NG4 | Q IY4 NG4 | B IY1 ."
    ]
    assert spoken("VoiceHubs", overrides) != spoken("VoiceHub", overrides)


@pytest.mark.parametrize(
    ("word", "reading"),
    [
        ("word", ""),
        ("word", "W ER D"),
        ("word", "W1 ER1 D"),
        ("word", "w er1 d"),
        ("word", "B D"),
        ("word", "nonsense"),
        ("重庆", "chong2"),
        ("!!!", "W ER1 D"),
        ("", "W ER1 D"),
        ("x" * 100, "W ER1 D"),
    ],
)
def test_wrong_overrides_are_refused_with_the_word_named(word, reading):
    with pytest.raises(SettingsError) as error:
        Frontend({word: reading})
    assert repr(word) in str(error.value)


def test_overrides_come_from_a_json_file(tmp_path):
    path = tmp_path / "words.json"
    words = {"VoiceHub": "V OY1 S HH AH2 B", "重庆": "chong2 qing4"}
    path.write_text(json.dumps(words, ensure_ascii=False), "utf-8")
    assert load_overrides(path) == words


@pytest.mark.parametrize(
    "content", [b"[1]", b'{"a": 1}', b"{", b"\xff", b'{"a": "b"}', b"[" * 9999]
)
def test_a_broken_override_file_is_refused(tmp_path, content):
    path = tmp_path / "words.json"
    path.write_bytes(content)
    with pytest.raises(SettingsError):
        load_overrides(path)


def test_a_missing_override_file_is_named(tmp_path):
    with pytest.raises(NotFoundError, match=r"none\.json"):
        load_overrides(tmp_path / "none.json")


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("", "empty"),
        (" \n\t", "empty"),
        ("😀 !!!", "no letters"),
        ("Привет, мир", "Cyrillic"),
        ("مرحبا", "Arabic"),
        ("こんにちは", "Hiragana"),
        ("안녕", "Hangul"),
    ],
)
def test_what_cannot_be_spoken_is_refused_at_once(text, named):
    with pytest.raises(TextError, match=named):
        Frontend().sentences(text)


def test_unspeakable_signs_are_left_out_of_other_text():
    assert spoken("hello 😀 Привет world \x00\ud800") == ["HH AH0 L OW1 | W ER1 L D ."]


def test_a_book_is_read_sentence_by_sentence():
    text = "It was the best of times, it was the worst of times in 1859. " * 17_000
    assert len(text) > 1_000_000
    begin = time.process_time()
    first = list(islice(Frontend().sentences(text), 100))
    assert len(first) == 100
    assert time.process_time() - begin < 2.0  # seconds


def test_a_megabyte_without_words_is_refused_in_time():
    begin = time.process_time()
    with pytest.raises(TextError):
        Frontend().sentences("...😀" * 250_000)
    assert time.process_time() - begin < 15.0  # seconds


ANYTHING = st.text(max_size=120) | st.text(
    alphabet="0123456789.,:;/-–%$€¥°'\"()?! \nabcdeABCDEkmgSt年月日点个一不你好，。", max_size=120
)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(ANYTHING)
def test_any_text_is_spoken_or_refused(text):
    try:
        sentences = list(Frontend().sentences(text))
    except TextError:
        return
    for sentence in sentences:
        assert sentence.text
        assert all(p.symbol != SILENCE for p in sentence.phonemes)
        assert sentence.phonemes[-1].boundary in (*ENDS, "comma")
    assert sentences[-1].phonemes[-1].boundary in ENDS
