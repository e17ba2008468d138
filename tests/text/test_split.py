"""Where sentences end, and where they do not."""

import pytest

from voicehub.text.split import LONGEST, split_clauses, split_sentences, split_words


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("One. Two! Three?", ["One.", "Two!", "Three?"]),
        ("Dr. Wang met Mr. J. Smith. He left.", ["Dr. Wang met Mr. J. Smith.", "He left."]),
        ("It is 3.5, e.g. here. Next.", ["It is 3.5, e.g. here.", "Next."]),
        ("No. I don't. See No. 5.", ["No.", "I don't.", "See No. 5."]),
        ('He said "yes." Then left.', ['He said "yes."', "Then left."]),
        ("你好。我很好！是吗？", ["你好。", "我很好！", "是吗？"]),
        ("你好.我很好", ["你好.", "我很好"]),
        ("A heading\n\nThe text.", ["A heading", "The text."]),
        ("A wrapped\nline goes on.", ["A wrapped\nline goes on."]),
        ("Milk\nEggs\n", ["Milk", "Eggs"]),
        ("  \n ", []),
    ],
)
def test_sentences_end_where_a_reader_stops(text, sentences):
    assert list(split_sentences(text)) == sentences


def test_an_endless_sentence_is_cut_between_words():
    text = "word " * 1000
    sentences = list(split_sentences(text))
    assert max(map(len, sentences)) <= LONGEST
    assert " ".join(sentences).split() == text.split()


@pytest.mark.parametrize("text", ["one, two; three", "我们，一起去重庆", "plain words here", ""])
def test_parts_join_up_to_the_whole(text):
    assert "".join(split_clauses(text)) == text
    assert "".join(split_words(text)) == text


def test_chinese_is_not_cut_inside_a_word():
    parts = split_words("我们一起去重庆" * 20)
    assert len(parts) > 5
    assert not any(part.startswith(("们", "起", "庆")) for part in parts)
