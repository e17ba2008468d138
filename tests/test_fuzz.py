"""Generated input to all that reads what comes from outside: a value or a sentence, never more."""

import pytest

from drills.fuzz import TARGETS, fuzz

FEW = {"text": 15}  # tries of what takes long


@pytest.mark.parametrize("name", TARGETS)
def test_any_input_is_used_or_refused_in_a_sentence(name: str) -> None:
    fuzz(name, FEW.get(name, 40))
