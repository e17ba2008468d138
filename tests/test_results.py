"""Published tables say what the result files say."""

import json
from pathlib import Path

import pytest

from drills.tables import page_with, scaling_table
from voicehub.consent.limits import FILE
from voicehub.evaluation.benchmark_tables import further_tables
from voicehub.evaluation.content_report import render_content
from voicehub.evaluation.learning_tables import curve_page
from voicehub.evaluation.report import read_results, render_table

ROOT = Path(__file__).resolve().parent.parent


def test_the_benchmark_table_is_the_one_of_its_json():
    page = (ROOT / "docs" / "results" / "README.md").read_text(encoding="utf-8")
    table = page.split("<!-- benchmark -->\n")[1].split("<!-- /benchmark -->")[0]
    assert table == render_table(read_results(ROOT / "docs" / "results" / "benchmark.json"))


def test_the_tables_beside_it_are_there_once_they_are_measured():
    page = (ROOT / "docs" / "results" / "README.md").read_text(encoding="utf-8")
    tables = page.split("<!-- further -->\n")[1].split("<!-- /further -->")[0]
    assert tables == further_tables(read_results(ROOT / "docs" / "results" / "benchmark.json"))


def test_the_learning_curve_is_the_one_of_its_json():
    page = (ROOT / "docs" / "results" / "README.md").read_text(encoding="utf-8")
    table = page.split("<!-- learning curve -->\n")[1].split("<!-- /learning curve -->")[0]
    path = ROOT / "docs" / "results" / "learning_curve.json"
    assert table == (curve_page(read_results(path)) if path.exists() else "")


def test_the_tables_of_the_content_encoder_are_those_of_their_json():
    page = (ROOT / "docs" / "results" / "README.md").read_text(encoding="utf-8")
    tables = page.split("<!-- content -->\n")[1].split("<!-- /content -->")[0]
    assert tables == render_content(read_results(ROOT / "docs" / "results" / "content.json"))


@pytest.mark.parametrize("name", ["README.md", "README.zh.md"])
def test_readme_figures_are_those_of_the_json(name):
    page = (ROOT / name).read_text(encoding="utf-8")
    for row in read_results(ROOT / "docs" / "results" / "benchmark.json")["rows"]:
        line = f"| {row['system']} | {row['similarity']:.3f} | {row['word_error_rate']:.2f} |"
        assert line in page


@pytest.mark.parametrize("part", ["words", "voice"])
def test_the_limits_that_ship_are_those_that_were_measured(part):
    shipped = json.loads((ROOT / "voicehub" / "consent" / FILE).read_text("utf-8"))
    assert read_results(ROOT / "docs" / "results" / "consent.json")[part]["limits"] == shipped[part]


def test_the_scaling_table_is_the_one_of_its_json():
    page = (ROOT / "docs" / "scaling.md").read_text(encoding="utf-8")
    figures = read_results(ROOT / "docs" / "results" / "scaling.json")["scaling"]["figures"]
    assert page_with(scaling_table(figures), page) == page
