"""Phone errors by hand answers; speakers that are told apart, or not, by construction; the whole on short clips."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from voicehub.audio.files import read_audio
from voicehub.errors import InputError
from voicehub.evaluation.content_report import (
    PENALTIES,
    ContentOptions,
    measure_content,
    measure_phones,
    render_content,
)
from voicehub.evaluation.phone_errors import (
    PhoneErrors,
    count_errors,
    heard_phones,
    phone_numbers,
)
from voicehub.evaluation.speaker_leak import (
    WINDOW_FRAMES,
    covariances,
    fit_discriminant,
    identified,
    listen,
    spread,
)
from voicehub.model.base import load_base
from voicehub.text.phonemes import PHONE_INDEX, PHONES
from voicehub.text.pronounce import transcript_phonemes
from voicehub.training.manifest import Entry, read_manifest

SPOKEN = [PHONE_INDEX[phone] for phone in ["K", "AE", "T", "S", "AE", "T"]]


@pytest.mark.parametrize(
    ("heard", "expected"),
    [
        ("K AE T S AE T", (0, 0, 0)),
        ("K EH T S AE T", (1, 0, 0)),
        ("K AE S AE T", (0, 1, 0)),
        ("K AE T AH S AE T", (0, 0, 1)),
        ("G AE T AE T IY", (1, 1, 1)),
        ("", (0, 6, 0)),
    ],
)
def test_phone_errors_are_counted_by_kind(heard: str, expected: tuple[int, int, int]) -> None:
    found = count_errors(SPOKEN, [PHONE_INDEX[phone] for phone in heard.split()])
    assert found == PhoneErrors(*expected, 6)
    assert found.errors == sum(expected)


def test_runs_are_one_phone_and_silence_is_none() -> None:
    path = [0, 0, 3, 3, 3, 0, 3, 9, 9, 0]
    logits = np.full((len(PHONES), len(path)), -9.0, np.float32)
    logits[path, np.arange(len(path))] = 0.0
    assert heard_phones(logits, 2.0) == [3, 3, 9]
    logits[0, 2:5] = -1.0  # now a change costs more than what it wins
    assert heard_phones(logits, 10.0) == []


def test_phones_of_a_transcript_have_no_stress_and_no_boundary() -> None:
    assert phone_numbers(transcript_phonemes("CAT, SAT.", "en") or ()) == SPOKEN


def _frames(rng: np.random.Generator, middle: float, together: float) -> np.ndarray:
    """Return (4, frames) of noise around ``middle`` whose first two channels go ``together``."""
    frames = rng.standard_normal((4, 3 * WINDOW_FRAMES))
    frames[1] = together * frames[0] + np.sqrt(1 - together**2) * frames[1]
    return frames + middle


@pytest.mark.parametrize(
    ("summary", "middle", "together", "told"),
    [
        (spread, 1.0, 0.0, True),
        (spread, 0.0, 0.0, False),
        (spread, 0.0, 0.8, False),  # means and deviations are the same for all
        (covariances, 0.0, 0.8, True),
    ],
)
def test_speakers_are_told_apart_by_what_differs(
    summary: Callable[[np.ndarray], np.ndarray], middle: float, together: float, told: bool
) -> None:
    rng = np.random.default_rng(0)
    speakers = [f"s{number}" for number in range(4) for _ in range(40)]
    samples = [
        summary(_frames(rng, middle * int(s[1]), together * (int(s[1]) / 1.5 - 1)))[None]
        for s in speakers
    ]
    hits = identified(samples, speakers)
    assert hits[:, 1].tolist() == [1.0] * len(speakers)
    assert hits[:, 0].mean() > 0.7 if told else hits[:, 0].mean() < 0.35


def test_the_discriminant_is_the_one_of_the_textbook() -> None:
    """Where rows are many the covariance is hardly drawn to the unit matrix; a constant feature changes nothing."""
    rng = np.random.default_rng(1)
    labels = np.repeat(["a", "b", "c"], 4000)
    mixing = rng.standard_normal((5, 5))
    centres = rng.standard_normal((3, 5))
    rows = rng.standard_normal((12000, 5)) @ mixing + np.repeat(centres, 4000, axis=0)
    classes, weights, bias = fit_discriminant(np.c_[rows, np.ones(12000)], labels)
    means = np.stack([rows[labels == name].mean(0) for name in classes])
    within = np.cov((rows - np.repeat(means, 4000, axis=0)).T)
    expected = np.linalg.solve(within, means.T)
    scores = np.c_[rows, np.ones(12000)] @ weights + bias
    textbook = rows @ expected - 0.5 * (means.T * expected).sum(0)
    assert np.mean(scores.argmax(1) == textbook.argmax(1)) > 0.999
    np.testing.assert_allclose(weights[:5], expected, rtol=0.05, atol=0.02)
    assert not weights[5].any()


def test_listening_gives_every_level_of_what_is_heard(
    tiny_base: Path, clip: Callable[..., Path]
) -> None:
    base = load_base(tiny_base, "cpu")
    samples = listen(base, read_audio(clip(3.2)), "ls19").samples
    width = base.detail.config.detail_width
    assert samples["detail"]["utterance"].shape == (1, 2 * width)
    assert samples["detail"]["covariances"].shape == (1, 2 * width + width * (width - 1) // 2)
    assert samples["detail"]["second"].shape == (3, 2 * width)
    both = samples["posteriors and detail"]["utterance"]
    assert both.shape == (1, 2 * (width + len(PHONES)))
    np.testing.assert_allclose(samples["posteriors"]["utterance"][0, : len(PHONES)].sum(), 1, 1e-5)
    assert samples["GE2E embedding"]["second"].shape == (3, 256)
    assert "covariances" not in samples["GE2E embedding"]


@pytest.fixture
def content_entries(content_manifest: Path) -> list[Entry]:
    return read_manifest(content_manifest)


def test_the_whole_report_on_short_clips(content_entries: list[Entry], tiny_base: Path) -> None:
    said: list[str] = []
    options = ContentOptions(utterances=2, leak_utterances=4, leak_seconds=2.0)
    found = measure_content(
        load_base(tiny_base, "cpu"),
        content_entries,
        options,
        lambda _, message: said.append(message),
    )
    rows = {row["speakers"]: row for row in found["phones"]["rows"]}
    names = ("ls19", "ls2136", "readers never heard in training, 2", "readers heard in training, 1")
    assert set(names) < set(rows)
    assert "learners of English never heard in training, 1" in rows
    both = rows["readers never heard in training, 2"]
    assert both["phones"] == rows["ls19"]["phones"] + rows["ls2136"]["phones"]
    assert both["chosen"] == pytest.approx(both["substituted"] + both["deleted"] + both["inserted"])
    mandarin = rows["Mandarin, unheard sentences of speakers heard in training, 1"]
    assert (mandarin["utterances"], both["tones"]) == (1, None)  # the second is no twelfth one
    assert 0 <= mandarin["tones"] <= 100
    penalty = found["phones"]["penalty"]
    assert min(penalty["errors"].values()) == penalty["errors"][f"{penalty['chosen']:g}"]
    assert len(penalty["errors"]) == len(PENALTIES)
    leak = {(row["heard"], row["speakers"]): row for row in found["leak"]["rows"]}
    assert ("detail", "never heard in training, 2") in leak
    mel = leak["log mel", "all, 2"]
    assert mel["utterance"] >= 75  # a woman and a man, by two clips of each
    assert mel["utterance_ratio"] == pytest.approx(mel["utterance"] / 50)
    assert any("ls2136" in message for message in said)
    machine = {"processor": "one", "cores": 1, "torch": "2", "precision": "float32"}
    stamp = {"command": "voicehub content-report", "date": "2026-01-01", "machine": machine}
    tables = render_content({**stamp, **found})
    assert "| detail | all, 2 |" in tables
    assert "| ls19 | 2 |" in tables


def test_what_is_lacking_is_said(content_entries: list[Entry], tiny_base: Path) -> None:
    base = load_base(tiny_base, "cpu")
    unheard = [each for each in content_entries if each.speaker != "heard"]
    with pytest.raises(InputError, match="no transcribed recordings of readers heard in training"):
        measure_phones(base, unheard, ContentOptions(1), lambda fraction, message: None)
    with pytest.raises(InputError, match="need 1 or more utterances"):
        ContentOptions(0)
