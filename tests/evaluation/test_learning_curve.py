"""The points of a learning curve, one voice measured, and the table and picture of all."""

import copy
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from corpus import READERS, write_corpus

from voicehub.errors import SettingsError
from voicehub.evaluation.learning_curve import (
    CurvePlan,
    Job,
    Point,
    Target,
    measure_natural,
    measure_point,
)
from voicehub.evaluation.learning_tables import CURVE_COLUMNS, curve_page, curve_table, draw_curve
from voicehub.evaluation.report import build_results
from voicehub.settings import CHECKPOINTS
from voicehub.training.manifest import read_manifest

MACHINE = {"processor": "Some CPU", "cores": 2, "torch": "2.13.0", "precision": "float32"}
PLAN = CurvePlan((5.0, 60.0), (0, 120))


def test_points_are_shared_between_the_curves() -> None:
    curves = PLAN.curves()
    assert curves["seconds"][1] == curves["steps"][1] == Point(60.0, 120)
    assert [(p.whole, p.words) for p in curves["words"]] == [(True, False), (True, True)]
    with pytest.raises(SettingsError, match="seconds > 0, got -1"):
        CurvePlan((-1.0,), (0,))
    with pytest.raises(SettingsError, match="steps <= 100000, got -3"):
        CurvePlan((5.0,), (-3,))


def test_a_point_tells_what_it_was_given_and_what_it_scored(tmp_path: Path) -> None:
    base = CHECKPOINTS / "base"  # to the recogniser, the noise of tiny networks takes long
    entries = tuple(read_manifest(write_corpus(tmp_path)))
    target = Target(READERS[0], READERS[1], entries)
    measured = measure_point(Job(base, "cpu", target, Point(12.0, 1), 0))
    assert measured["seconds"] == 12.0
    assert measured["best_step"] in (0, 1)
    assert measured["tuning_seconds"] > 0
    for kind in ("speech", "copy", "conversion"):
        assert len(measured[kind]["similarity"]) == (5 if kind == "speech" else 3)
    assert len(measured["speech"]["mos"]) == 5
    natural = measure_natural(target)
    for kind in ("speech", "copy", "conversion"):
        assert natural[kind]["words"] == measured[kind]["words"]
    assert natural["copy"]["similarity"] == natural["speech"]["similarity"][-3:]
    assert min(natural["speech"]["similarity"]) > max(measured["speech"]["similarity"])
    assert natural["floor"] < natural["ceiling"]
    too_short = measure_point(Job(base, "cpu", target, Point(1.0, 0), 0))
    assert "at least 3 s are needed" in too_short["failed"]


def sounds(similarity: float, errors: int) -> dict[str, list[float]]:
    return {"similarity": [similarity] * 2, "word_errors": [errors, errors], "words": [10, 10]}


def voice(point: Point, similarity: float, errors: int) -> dict[str, Any]:
    each = sounds(similarity, errors)
    return {
        "speaker": "a",
        "point": asdict(point),
        "seconds": point.seconds - 0.5,
        "tuning_seconds": 50.0,
        "best_step": 40,
        "speech": each | {"mos": [3.5, 3.5]},
        "copy": each,
        "conversion": each,
    }


NATURAL = [
    {
        "speaker": "a",
        "ceiling": 0.97,
        "floor": 0.7,
        "speech": sounds(0.97, 2) | {"mos": [4.0, 4.0]},
        "copy": sounds(0.97, 2),
        "conversion": sounds(0.7, 1),
    }
]


def test_table_and_picture_by_hand(tmp_path: Path) -> None:
    curves = PLAN.curves()
    usual, known = curves["words"]
    measured = [
        voice(Point(5.0, 120), 0.80, 4),
        voice(Point(60.0, 120), 0.88, 2),
        voice(Point(60.0, 0), 0.82, 2),
        voice(usual, 0.88, 4),
        voice(known, 0.90, 3),
    ]
    named = {name: [asdict(point) for point in points] for name, points in curves.items()}
    results = curve_table(named, measured, NATURAL)
    rows = {(row["curve"], row.get("asked_seconds"), row["steps"]): row for row in results["rows"]}
    assert len(results["rows"]) == 7  # the usual point stands in both curves
    first = rows["seconds", 5.0, 120]
    assert first["seconds"] == 4.5
    assert first["speech_similarity"]["value"] == pytest.approx(0.80)
    assert first["speech_words"]["value"] == pytest.approx(2.0)
    assert first["conversion_words"]["value"] == pytest.approx(4.0)
    gain = results["rows"][-1]
    assert gain["copy_similarity"]["value"] == pytest.approx(0.02)
    assert gain["speech_words"]["value"] == pytest.approx(0.75)
    assert gain["speech_mos"]["value"] == 0
    stamp = build_results("learning-curve", "2026-01-02", MACHINE, CURVE_COLUMNS, results["rows"])
    page = curve_page({**stamp, "natural": NATURAL})
    assert "| words: gain | - | - | - | 0.020 (0.020 to 0.020) | 0.75" in page
    assert "Voices of a, " in page
    assert "similarity 0.970, floor 0.700, DNSMOS of natural speech 4.00" in page
    draw_curve({**results, "natural": NATURAL}, tmp_path / "curve.png")
    assert (tmp_path / "curve.png").read_bytes().startswith(b"\x89PNG")


def test_second_opinions_have_columns_of_their_own() -> None:
    usual, known = PLAN.curves()["words"]
    measured = [voice(usual, 0.88, 4), voice(known, 0.90, 3)]
    natural = copy.deepcopy(NATURAL)
    for each, likeness in zip((*measured, *natural), (0.5, 0.6, 0.9), strict=True):
        for kind in ("speech", "copy", "conversion"):
            each[kind] = each[kind] | {"second_similarity": [likeness, likeness]}
    named = {name: [asdict(p) for p in points] for name, points in PLAN.curves().items()}
    results = curve_table(named, measured, natural)
    assert [column["key"] for column in results["columns"]][-3:] == [
        "speech_second", "copy_second", "conversion_second",
    ]  # fmt: skip
    rows = results["rows"]
    assert rows[0]["copy_second"]["value"] == pytest.approx(0.5)
    assert rows[-1]["copy_second"]["value"] == pytest.approx(0.1)


def test_a_curve_without_some_points_is_still_drawn(tmp_path: Path) -> None:
    named = {name: [asdict(p) for p in points] for name, points in PLAN.curves().items()}
    results = curve_table(named, [voice(Point(60.0, 0), 0.82, 2)], NATURAL)
    assert [row["curve"] for row in results["rows"]] == ["steps"]
    draw_curve({**results, "natural": NATURAL}, tmp_path / "curve.png")
    assert (tmp_path / "curve.png").stat().st_size > 1000
