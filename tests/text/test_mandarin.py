"""Mandarin readings and tone sandhi against hand answers."""

import pytest

from voicehub.text.mandarin import (
    mandarin_syllables,
    parse_pinyin,
    read_hanzi,
    syllable_phonemes,
)
from voicehub.text.pronounce import transcript_phonemes


def pinyin(hanzi):
    return " ".join(f"{name}{tone}" for name, tone in read_hanzi(hanzi))


def phones(syllable):
    return " ".join(p.symbol + (str(p.accent) if p.accent else "") for p in syllable)


@pytest.mark.parametrize(
    ("hanzi", "reading"),
    [
        ("你好", "ni2 hao3"),
        ("很好", "hen2 hao3"),
        ("我很好", "wo2 hen2 hao3"),
        ("我也很好", "wo2 ye3 hen2 hao3"),
        ("展览馆", "zhan2 lan2 guan3"),
        ("所有人", "suo2 you3 ren2"),
        ("不是", "bu2 shi4"),
        ("不好", "bu4 hao3"),
        ("是不是", "shi4 bu2 shi4"),
        ("不", "bu4"),
        ("一个", "yi2 ge4"),
        ("一起", "yi4 qi3"),
        ("一天", "yi4 tian1"),
        ("一样", "yi2 yang4"),
        ("第一次", "di4 yi1 ci4"),
        ("十一", "shi2 yi1"),
        ("一百一十一", "yi4 bai3 yi1 shi2 yi1"),
        ("一月一号", "yi1 yue4 yi1 hao4"),
        ("统一战线", "tong3 yi1 zhan4 xian4"),
        ("看一看", "kan4 yi5 kan4"),
        ("二零一一年", "er4 ling2 yi1 yi1 nian2"),
        ("重庆很重要", "chong2 qing4 hen3 zhong4 yao4"),
        ("银行行长", "yin2 hang2 hang2 zhang3"),
        ("我们的东西", "wo3 men5 de5 dong1 xi5"),
        ("妈妈喜欢", "ma1 ma5 xi3 huan5"),
        ("女儿", "nv3 er2"),
    ],
)
def test_tones_change_as_they_are_spoken(hanzi, reading):
    assert pinyin(hanzi) == reading


@pytest.mark.parametrize(
    ("name", "tone", "expected"),
    [
        ("hao", 3, "HH AW3"),
        ("yan", 2, "Y2 EH2 N2"),
        ("yu", 3, "YU3"),
        ("yue", 4, "YU4 EH4"),
        ("wu", 3, "UW3"),
        ("wei", 4, "W4 EY4"),
        ("you", 3, "Y3 OW3"),
        ("yong", 4, "Y4 UH4 NG4"),
        ("shi", 4, "SHR IR4"),
        ("si", 1, "S IZ1"),
        ("qu", 4, "Q YU4"),
        ("lve", 4, "L YU4 EH4"),
        ("lue", 4, "L YU4 EH4"),
        ("nv", 3, "N YU3"),
        ("zhuang", 1, "ZHR W1 AA1 NG1"),
        ("er", 2, "ER2"),
        ("hm", 4, "HH M4"),
        ("ng", 2, "NG2"),
    ],
)
def test_the_tone_sits_on_the_whole_final(name, tone, expected):
    syllable = syllable_phonemes(name, tone)
    assert phones(syllable) == expected
    assert [p.boundary for p in syllable[:-1]] == ["none"] * (len(syllable) - 1)
    assert syllable[-1].boundary == "word"


def test_signs_end_the_reach_of_sandhi():
    tones = [syllable[-1].accent for syllable in mandarin_syllables("你，好 abc 你好")]
    assert tones == [3, 3, 2, 3]


@pytest.mark.parametrize(
    ("text", "syllables"),
    [
        ("hao3", [("hao", 3)]),
        ("_hm4", [("hm", 4)]),
        ("ni3 hao3", [("ni", 3), ("hao", 3)]),
        ("ni3hao3", [("ni", 3), ("hao", 3)]),
        ("lü4", [("lv", 4)]),
        ("u:", None),
        ("hao", None),
        ("bong7", None),
        ("brx3", None),
        ("", None),
    ],
)
def test_only_toned_pinyin_parses(text, syllables):
    assert parse_pinyin(text) == syllables


def test_transcripts_of_either_writing():
    spelled = transcript_phonemes("ni2 hao3", "zh")
    assert spelled == transcript_phonemes("你好", "zh")
    assert [p.boundary for p in spelled] == ["none", "word", "none", "period"]
    assert transcript_phonemes("你 好，世界！", "zh")[3].boundary == "comma"
