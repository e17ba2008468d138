"""Run the article's system as a baseline: train, sample, save, and score beside honest controls.

The two scores are the article's: mean squared error and correlation of mel spectrograms. A sample
made from noise says no particular words, so its scores mean little alone; the controls show how
little.
"""

import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from voicehub.audio.files import write_audio
from voicehub.audio.loudness import normalise_loudness
from voicehub.audio.resample import resample
from voicehub.audio.waveform import SAMPLE_RATE, Waveform
from voicehub.errors import InputError
from voicehub.evaluation.article_gan import (
    ArticleGan,
    ArticleGanSettings,
    Report,
    train_article_gan,
)
from voicehub.evaluation.confidence import summarise
from voicehub.evaluation.dtw import align
from voicehub.evaluation.metrics import mel_cepstrum, mel_correlation, mel_mse
from voicehub.evaluation.report import Column
from voicehub.features.mel import log_mel
from voicehub.features.mfcc_inverse import mfcc_to_samples, samples_to_mfcc

BASELINE_COLUMNS = (
    Column("system", "system"),
    Column("mse", "mel MSE"),
    Column("correlation", "mel correlation", 3),
    Column("aligned_mse", "mel MSE, aligned"),
    Column("aligned_correlation", "mel correlation, aligned", 3),
)
_MAX_PIECES = 8  # of held-out speech that every sample is scored against

Mel = NDArray[np.float32]


def run_baseline(
    waveforms: Sequence[Waveform],
    held_out: Sequence[Waveform],
    folder: Path,
    seconds_budget: float,
    seed: int,
    report: Report,
    settings: ArticleGanSettings | None = None,
    count: int = 16,
    seconds: float = 5.0,
) -> dict[str, Any]:
    """Train on ``waveforms``, write ``count`` samples to ``folder``, score against ``held_out``.

    Everything is brought to one loudness, which the MSE depends on. The result is plain JSON; its
    ``rows`` have the columns of ``BASELINE_COLUMNS``.
    """
    settings = settings or ArticleGanSettings()
    training = [normalise_loudness(waveform) for waveform in waveforms]
    pieces = cut_pieces(held_out, seconds)  # before training: too little of it fails at once
    started = time.monotonic()
    gan = train_article_gan(training, seconds_budget, seed, report, settings)
    seconds_spent = time.monotonic() - started
    samples = [normalise_loudness(sample) for sample in gan.sample(count, seconds, seed)]
    return {
        "seed": seed,
        "seconds_budget": seconds_budget,
        "seconds_spent": round(seconds_spent, 1),
        "steps": len(gan.losses),
        "settings": {**asdict(settings), "betas": list(settings.betas)},
        "seconds_of_training_speech": round(sum(w.seconds for w in training), 1),
        "held_out_pieces": len(pieces),
        "losses": _thinned_losses(gan),
        "files": _save(samples, folder),
        "rows": _score(samples, training, pieces, seed),
    }


def cut_pieces(waveforms: Sequence[Waveform], seconds: float) -> list[Waveform]:
    """Return up to eight pieces of ``seconds`` from all over ``waveforms``, at one loudness."""
    if not waveforms:
        raise InputError("the baseline needs held-out speech to be scored against, got none")
    whole = np.concatenate(
        [resample(normalise_loudness(w).samples, w.sample_rate, SAMPLE_RATE) for w in waveforms]
    )
    length = int(seconds * SAMPLE_RATE)
    n_whole = len(whole) // length if length > 0 else 0
    if n_whole < 2:
        raise InputError(
            f"the baseline needs {2 * seconds:g} s of held-out speech, "
            f"got {len(whole) / SAMPLE_RATE:.1f} s"
        )
    starts = np.linspace(0, n_whole - 1, min(n_whole, _MAX_PIECES)).astype(int) * length
    return [normalise_loudness(Waveform(whole[start : start + length])) for start in starts]


def score_pairs(fakes: Sequence[Mel], reals: Sequence[Sequence[Mel]], seed: int) -> dict[str, Any]:
    """Summarise the scores of each fake log mel, averaged over its own list of real ones."""
    figures: dict[str, list[float]] = {column.key: [] for column in BASELINE_COLUMNS[1:]}
    for fake, references in zip(fakes, reals, strict=True):
        scores = [_scores(fake, real) for real in references]
        for name, values in figures.items():
            values.append(float(np.mean([score[name] for score in scores])))
    return {name: summarise(values, seed).as_dict() for name, values in figures.items()}


def _score(
    samples: Sequence[Waveform],
    training: Sequence[Waveform],
    pieces: Sequence[Waveform],
    seed: int,
) -> list[dict[str, Any]]:
    """Return one row for the GAN and one for each control."""
    mels = [log_mel(piece.samples) for piece in pieces]
    others = [[*mels[:i], *mels[i + 1 :]] for i in range(len(mels))]
    copies = [_mfcc_copy(piece, seed) for piece in pieces]
    mean_frame = np.concatenate([log_mel(w.samples) for w in training], axis=1).mean(1)
    constant = np.repeat(mean_frame[:, None], mels[0].shape[1], axis=1)
    trials: list[tuple[str, list[Mel], list[list[Mel]]]] = [
        ("article's GAN", [log_mel(s.samples) for s in samples], [mels] * len(samples)),
        ("control: other real speech", mels, others),
        ("control: the mean frame, held", [constant] * len(mels), [[mel] for mel in mels]),
        (
            "control: the same speech through its MFCCs",
            [log_mel(c.samples) for c in copies],
            [[mel] for mel in mels],
        ),
    ]
    return [{"system": name, **score_pairs(a, b, seed)} for name, a, b in trials]


def _scores(fake: Mel, real: Mel) -> dict[str, float]:
    """Return MSE and correlation over the frames both have, and after time alignment."""
    n_frames = min(fake.shape[1], real.shape[1])
    path = align(mel_cepstrum(fake), mel_cepstrum(real))
    aligned_fake, aligned_real = fake[:, path.fake], real[:, path.real]
    return {
        "mse": mel_mse(fake[:, :n_frames], real[:, :n_frames]),
        "correlation": mel_correlation(fake[:, :n_frames], real[:, :n_frames]),
        "aligned_mse": mel_mse(aligned_fake, aligned_real),
        "aligned_correlation": mel_correlation(aligned_fake, aligned_real),
    }


def _mfcc_copy(piece: Waveform, seed: int) -> Waveform:
    copied = mfcc_to_samples(samples_to_mfcc(piece.samples), seed)
    return normalise_loudness(Waveform(copied))


def _save(samples: Sequence[Waveform], folder: Path) -> list[str]:
    """Write the samples and return their file names."""
    folder.mkdir(parents=True, exist_ok=True)
    names = [f"article-gan-{number:02d}.wav" for number in range(1, len(samples) + 1)]
    for name, sample in zip(names, samples, strict=True):
        write_audio(folder / name, sample)
    return names


def _thinned_losses(gan: ArticleGan) -> list[dict[str, float]]:
    """Return about a hundred steps' losses, the last among them."""
    last = len(gan.losses) - 1
    steps = np.unique(np.linspace(0, last, min(last + 1, 100)).astype(int))
    return [
        {
            "step": int(step) + 1,
            "generator": round(gan.losses[step].generator, 4),
            "discriminator": round(gan.losses[step].discriminator, 4),
        }
        for step in steps
    ]
