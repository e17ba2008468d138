"""Published tables say what the result files say."""

import json
from pathlib import Path

import pytest

from drills.tables import PAGES, page_with_tables
from voicehub.consent.limits import FILE
from voicehub.evaluation.report import read_results

ROOT = Path(__file__).resolve().parent.parent


@pytest.mark.parametrize("name", PAGES)
def test_tables_are_those_of_the_results(name):
    assert (ROOT / name).read_text("utf-8") == page_with_tables(name)  # python -m drills.tables


@pytest.mark.parametrize("part", ["words", "voice"])
def test_the_limits_that_ship_are_those_that_were_measured(part):
    shipped = json.loads((ROOT / "voicehub" / "consent" / FILE).read_text("utf-8"))
    assert read_results(ROOT / "docs" / "results" / "consent.json")[part]["limits"] == shipped[part]
