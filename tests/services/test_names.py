"""Names and texts are checked at the edge."""

import pytest

from voicehub.errors import InputError, TextError
from voicehub.services.names import MAX_TEXT_BYTES, checked_name, checked_text


@pytest.mark.parametrize(
    ("given", "kept"),
    [("Ada", "Ada"), ("  Ada   Lovelace ", "Ada Lovelace"), ("小雅", "小雅"), ("e\u0301a", "éa")],
)
def test_names_come_out_in_one_form(given: str, kept: str) -> None:
    assert checked_name(given) == kept


@pytest.mark.parametrize(
    "name",
    [
        "", "   ", "a" * 65, "../etc", "a/b", "a\\b", ".hidden", "-o", "a\x00b", "a\x1b[31m",
        "a\u202eb", "a\u200bb", "<b>", "C:x", "a*", "\ue000",
    ],
)  # fmt: skip
def test_names_that_could_mean_something_else_are_refused(name: str) -> None:
    with pytest.raises(InputError):
        checked_name(name)


def test_a_newline_in_a_name_is_a_blank() -> None:
    assert checked_name("a\nb") == "a b"


@pytest.mark.parametrize("text", ["", " \n\t ", "a" * MAX_TEXT_BYTES, "字" * 400_000])
def test_texts_that_are_empty_or_too_long(text: str) -> None:
    with pytest.raises(TextError):
        checked_text(text)


def test_a_text_may_be_long() -> None:
    assert checked_text("word " * 100_000)
