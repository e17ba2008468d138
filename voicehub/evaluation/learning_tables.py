"""The learning curve as a table and as a picture."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from voicehub.evaluation.confidence import estimate, median_of, pooled_ratio
from voicehub.evaluation.report import Column, render_table
from voicehub.features.curve_plot import Line, Panel, draw_panels

Scores = Mapping[str, Any]  # of one voice, as `measure_point` returns them

CURVE_COLUMNS = (
    Column("curve", "against"),
    Column("seconds", "s of speech", 0),
    Column("steps", "steps"),
    Column("tuning_seconds", "s of tuning", 0),
    Column("speech_similarity", "speech, similarity", 3),
    Column("speech_words", "WER ÷ natural"),
    Column("speech_mos", "DNSMOS"),
    Column("copy_similarity", "copy, similarity", 3),
    Column("copy_words", "WER ÷ natural"),
    Column("conversion_similarity", "conversion, similarity", 3),
    Column("conversion_words", "WER ÷ source"),
)
_KINDS = ("speech", "copy", "conversion")
_SECOND_COLUMNS = tuple(Column(f"{kind}_second", f"{kind}, WeSpeaker", 3) for kind in _KINDS)
_TEXT = (
    "Voices of {speakers}, each point a tuning of its own, with its own schedule; 0 steps are zero-shot. Test "
    "sentences and recordings to compare with are the benchmark's, never tuned on. Against seconds of speech, cut "
    "exactly, at the usual steps; against steps at the usual seconds; and whole recordings with their words "
    "decoded and known. The last row is what known words bring: differences, and for words the ratio with ÷ "
    "without. Medians over the sentences of all speakers and ratios of pooled word error rates; the intervals are "
    "over sentences, not over speakers; three sentences each are copied and converted, five spoken. Ceiling of "
    "similarity {ceiling:.3f}, floor {floor:.3f}, DNSMOS of natural speech {mos:.2f}. Seconds of tuning are those "
    "of one thread while the other cores tune too."
)
_MEASURES = {"similarity": "similarity", "words": "word error rate ÷ natural", "mos": "DNSMOS"}


def curve_table(
    curves: Mapping[str, Sequence[Mapping[str, Any]]],
    measured: Sequence[Scores],
    natural: Sequence[Scores],
) -> dict[str, Any]:
    """Return "columns" and "rows": one row for each point of ``curves``, and one for what known words bring.

    Figures are medians over the sentences of all speakers, for words ratios of pooled rates, with 95 % bootstrap
    intervals over sentences; likeness by WeSpeaker, too, where second judges were asked. The last row holds the
    differences to the same recordings without words, and for words the ratio of the rates with and without.
    """
    groups = {
        (curve, number): [each for each in measured if each["point"] == point]
        for curve, points in curves.items()
        for number, point in enumerate(points)
    }
    by_speaker = {each["speaker"]: each for each in natural}
    rows = [_row(curve, group, by_speaker) for (curve, _), group in groups.items() if group]
    without, known = groups[("words", 0)], groups[("words", 1)]
    gain = _gain(without, known)
    second = _SECOND_COLUMNS if "second_similarity" in natural[0]["speech"] else ()
    return {
        "columns": [asdict(column) for column in (*CURVE_COLUMNS, *second)],
        "rows": [*rows, gain] if gain else rows,
    }


def curve_page(results: Mapping[str, Any]) -> str:
    """Return, as Markdown, what has to be known to read the table of ``results``, and the table."""
    natural = results["natural"]
    text = _TEXT.format(speakers=", ".join(each["speaker"] for each in natural), **_levels(natural))
    return f"{text}\n\n{render_table(results)}"


def _levels(natural: Sequence[Scores]) -> dict[str, float]:
    """Return the "ceiling" and "floor" of similarity and the "mos" of natural speech, medians."""
    mos = [value for each in natural for value in each["speech"]["mos"]]
    levels = {
        key: float(np.median([each[key] for each in natural])) for key in ("ceiling", "floor")
    }
    return levels | {"mos": float(np.median(mos))}


def draw_curve(results: Mapping[str, Any], path: Path) -> None:
    """Draw the rows of ``results``, as ``curve_table`` made them, to ``path``: seconds above, steps below."""
    levels = _levels(results["natural"])
    natural = {"similarity": levels["ceiling"], "words": 1.0, "mos": levels["mos"]}
    panels = [
        Panel(
            x_label="seconds of speech" if curve == "seconds" else "steps of tuning",
            y_label=label,
            lines=_lines(results["rows"], curve, measure),
            level=natural[measure],
            logarithmic=curve == "seconds",
        )
        for curve in ("seconds", "steps")
        for measure, label in _MEASURES.items()
    ]
    draw_panels(path, panels, columns=len(_MEASURES))


def _row(curve: str, group: Sequence[Scores], natural: Mapping[str, Scores]) -> dict[str, Any]:
    point = group[0]["point"]
    row: dict[str, Any] = {
        "curve": f"{curve}: known" if point["words"] else curve,
        "asked_seconds": point["seconds"],
        "seconds": float(np.median([each["seconds"] for each in group])),
        "steps": point["steps"],
        "tuning_seconds": float(np.median([each["tuning_seconds"] for each in group])),
        "best_step": float(np.median([each["best_step"] for each in group])),
        "speakers": len(group),
    }
    for kind in _KINDS:
        pairs = [(each[kind], natural[each["speaker"]][kind]) for each in group]
        row[f"{kind}_similarity"] = estimate(_joined(group, kind, "similarity"), median_of)
        row[f"{kind}_words"] = estimate(_words(pairs), pooled_ratio)
        if "second_similarity" in group[0][kind]:
            row[f"{kind}_second"] = estimate(_joined(group, kind, "second_similarity"), median_of)
    row["speech_mos"] = estimate(_joined(group, "speech", "mos"), median_of)
    return _plain(row)


def _gain(without: Sequence[Scores], known: Sequence[Scores]) -> dict[str, Any] | None:
    """Return the row of what known words bring to the speakers that have both, sentence by sentence."""
    before = {each["speaker"]: each for each in without}
    pairs = [(each, before[each["speaker"]]) for each in known if each["speaker"] in before]
    if not pairs:
        return None
    new, old = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    row: dict[str, Any] = {
        "curve": "words: gain",
        "seconds": None,
        "steps": None,
        "tuning_seconds": None,
    }
    for kind in _KINDS:
        row[f"{kind}_similarity"] = _change(new, old, kind, "similarity")
        if "second_similarity" in new[0][kind]:
            row[f"{kind}_second"] = _change(new, old, kind, "second_similarity")
        words = _words([(a[kind], b[kind]) for a, b in pairs])
        row[f"{kind}_words"] = estimate(words, pooled_ratio)
    row["speech_mos"] = _change(new, old, "speech", "mos")
    return _plain(row)


def _change(new: Sequence[Scores], old: Sequence[Scores], kind: str, key: str) -> Any:
    return estimate(_joined(new, kind, key) - _joined(old, kind, key), median_of)


def _joined(group: Sequence[Scores], kind: str, key: str) -> NDArray[np.float64]:
    return np.concatenate([each[kind][key] for each in group]).astype(np.float64)


def _words(pairs: Sequence[tuple[Scores, Scores]]) -> NDArray[np.float64]:
    """Return [errors, words, errors of the reference, its words], a row a sentence."""
    keys = ("word_errors", "words")
    return np.concatenate(
        [
            np.array([*(fake[k] for k in keys), *(real[k] for k in keys)], float).T
            for fake, real in pairs
        ]
    )


def _plain(row: Mapping[str, Any]) -> dict[str, Any]:
    return {k: v.as_dict() if hasattr(v, "as_dict") else v for k, v in row.items()}


def _lines(rows: Sequence[Mapping[str, Any]], curve: str, measure: str) -> list[Line]:
    along = "seconds" if curve == "seconds" else "steps"
    lines = []
    for kind in _KINDS:
        key = f"{kind}_{measure}"
        own = sorted((r for r in rows if r["curve"] == curve and key in r), key=lambda r: r[along])
        known = [r for r in rows if r["curve"] == "words: known" and key in r]
        for name, found in ((kind, own), (f"{kind}, words known", known)):
            if found and (found is own or curve == "seconds"):
                values = [r[key] for r in found]
                lines.append(
                    Line(
                        name,
                        [r[along] for r in found],
                        [v["value"] for v in values],
                        [v["ci_low"] for v in values],
                        [v["ci_high"] for v in values],
                        aside=found is known,
                    )
                )
    return lines
