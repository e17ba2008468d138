"""The benchmark's tables: one row a system, medians over speakers, with 95 % bootstrap intervals over sentences."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from voicehub.evaluation.confidence import (
    Statistic,
    bootstrap_interval,
    median_of,
    pooled_rate,
    pooled_ratio,
)
from voicehub.evaluation.report import Column, bare_table

_COLUMNS = (
    Column("system", "system"),
    Column("similarity", "similarity", 3),
    Column("similarity_interval", "95 %"),
    Column("similarity_range", "over speakers"),
    Column("pairwise", "pairwise", 3),
    Column("word_error_rate", "WER"),
    Column("word_error_ratio", "WER ÷ natural"),
    Column("word_error_interval", "95 %"),
    Column("mos", "DNSMOS"),
    Column("mos_gap", "− natural"),
    Column("mcd_db", "MCD dB", 1),
    Column("mel_mse", "mel MSE"),
    Column("mel_correlation", "mel corr."),
    Column("f0_rmse_cents", "F0 RMSE ¢", 0),
    Column("f0_correlation", "F0 corr."),
    Column("voicing_error", "voicing err."),
)
_MOST = 1e3  # times the errors of natural speech
_SECOND = (
    Column("second_similarity", "WeSpeaker", 3),
    Column("second_similarity_interval", "95 %"),
    Column("second_rate", "WER, Moonshine", 3),
    Column("second_ratio", "÷ natural"),
    Column("second_interval", "95 %"),
)
_DISTANCES = (
    "mcd_db",
    "mel_mse",
    "mel_correlation",
    "f0_rmse_cents",
    "f0_correlation",
    "voicing_error",
)
# What each system is compared with: the recording that it reads, copies or converts.
_REFERENCE = {
    "source of conversion": "source of conversion",
    "pitch shift only": "source of conversion",
    "zero-shot conversion": "source of conversion",
    "tuned conversion": "source of conversion",
}
# The tables that results may have beside the first, and what has to be known to read them.
_FURTHER = {
    "chinese_readers": (
        "Two natives of Mandarin who read English and were never trained on. Each has five recordings: two to tune on, "
        "three to test, and what is made from one of these is compared with pieces of the other two. So these "
        "similarities stand beside their own natural row, not beside the table of the six. Their conversions take over "
        "three sentences each of two of the six."
    ),
    "cross_lingual": (
        "The tuned voices read Chinese: similarity to their owners' English recordings, beside that of their English "
        "speech. What a person who speaks both would score is not known; the last floor is Chinese speech of others. "
        "Medians over sentences with 95 % bootstrap intervals."
    ),
    "chinese_voices": (
        "Voices made from 60 s of Chinese, of two AISHELL speakers **that training heard**, read an English "
        "sentence of each of the six: similarity to their owners' other Chinese recordings, words and DNSMOS beside "
        "natural English of the same sentences. Medians over sentences with 95 % bootstrap intervals."
    ),
}


def further_tables(results: Mapping[str, Any]) -> str:
    """Return, as Markdown, the tables that ``results`` of the benchmark have beside the first; "" without any."""
    return "\n".join(
        f"{text}\n\n{bare_table(results[key])}" for key, text in _FURTHER.items() if key in results
    )


def columns_of(rows: Sequence[Mapping[str, Any]]) -> tuple[Column, ...]:
    """Return the columns of ``rows``, with a second opinion where there is one."""
    return _COLUMNS + (_SECOND if "second_similarity" in rows[0] else ())


def system_rows(speakers: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the rows of the table from the ``speakers`` of ``run_benchmark``."""
    return [_row(name, speakers) for name in speakers[0]["systems"]]


def _row(name: str, speakers: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    own = [speaker["systems"][name] for speaker in speakers]
    reference = [s["systems"][_REFERENCE.get(name, "natural")] for s in speakers]
    similarity = [float(np.median(score["similarity"])) for score in own]
    words = _word_lines(own, reference, "word_errors")
    rate, ratio = pooled_rate(words), pooled_ratio(words)
    pooled = np.concatenate([score["similarity"] for score in own])
    mos = [float(np.median(score["mos"])) for score in own]
    gap = [
        float(np.median(score["mos"]) - np.median(real["mos"]))
        for score, real in zip(own, reference, strict=True)
    ]
    is_natural = name in ("natural", "source of conversion")
    row: dict[str, Any] = {
        "system": name,
        "similarity": float(np.median(similarity)),
        "similarity_interval": _interval(pooled, median_of),
        "similarity_range": f"{min(similarity):.3f}–{max(similarity):.3f}",
        "pairwise": float(np.median([score["pairwise"] for score in own])),
        "word_error_rate": rate,
        "word_error_ratio": ratio,
        "word_error_interval": None if is_natural else _interval(words, pooled_ratio, 2),
        "mos": float(np.median(mos)),
        "mos_gap": float(np.median(gap)),
    }
    for key in _DISTANCES:
        row[key] = None if is_natural else float(np.nanmedian([score[key] for score in own]))
    if "second_similarity" in own[0]:
        row |= _second_row(own, reference, is_natural)
    return row


def _second_row(
    own: Sequence[Mapping[str, Any]], reference: Sequence[Mapping[str, Any]], is_natural: bool
) -> dict[str, Any]:
    words = _word_lines(own, reference, "second_word_errors")
    pooled = np.concatenate([score["second_similarity"] for score in own])
    return {
        "second_similarity": float(
            np.median([np.median(score["second_similarity"]) for score in own])
        ),
        "second_similarity_interval": _interval(pooled, median_of),
        "second_rate": pooled_rate(words),
        "second_ratio": pooled_ratio(words),
        "second_interval": None if is_natural else _interval(words, pooled_ratio, 2),
    }


def _word_lines(
    own: Sequence[Mapping[str, Any]], reference: Sequence[Mapping[str, Any]], errors: str
) -> NDArray[np.float64]:
    """Return a row a sentence: errors and words of the system, errors and words of natural speech."""
    return np.array(
        [
            line
            for fake, real in zip(own, reference, strict=True)
            for line in zip(fake[errors], fake["words"], real[errors], real["words"], strict=True)
        ],
        float,
    )


def _interval(values: NDArray[np.float64], statistic: Statistic, digits: int = 3) -> str:
    low, high = bootstrap_interval(values, statistic, seed=0)
    if high > _MOST:  # natural speech without an error in some of the samples
        return f"{low:.{digits}f}–∞"
    return f"{low:.{digits}f}–{high:.{digits}f}"
