"""The article's GAN: its losses by hand, that it learns, repeats itself and keeps its limits."""

import json
import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from voicehub.audio.files import read_audio
from voicehub.audio.waveform import SAMPLE_RATE, Waveform
from voicehub.errors import InputError, SettingsError
from voicehub.evaluation.article_baseline import BASELINE_COLUMNS, cut_pieces, run_baseline
from voicehub.evaluation.article_gan import (
    ArticleGanSettings,
    GanTraining,
    MfccGenerator,
    discriminator_loss,
    draw_noise,
    generator_loss,
    mfcc_stream,
    train_article_gan,
)

TINY = ArticleGanSettings(
    noise_size=6,
    generator_size=12,
    discriminator_size=12,
    n_layers=1,
    batch_size=8,
    n_frames=12,
    max_steps=3,
)


def ignore(fraction: float, message: str) -> None:
    """Take a progress report and do nothing."""


def test_losses_by_hand() -> None:
    undecided, sure = torch.zeros(2, 3), torch.full((2, 3), math.log(3))  # D = 0.5 and 0.75
    assert generator_loss(undecided).item() == pytest.approx(math.log(2))
    assert generator_loss(sure).item() == pytest.approx(math.log(4 / 3))
    assert discriminator_loss(undecided, undecided).item() == pytest.approx(2 * math.log(2))
    assert discriminator_loss(sure, -sure).item() == pytest.approx(2 * math.log(4))
    assert discriminator_loss(-sure, sure).item() == pytest.approx(2 * math.log(4 / 3))


def test_extreme_logits_stay_finite() -> None:
    far = torch.tensor([200.0, -200.0])
    assert torch.isfinite(generator_loss(far))
    assert torch.isfinite(discriminator_loss(far, -far))


def test_first_outputs_have_the_spread_of_normalised_speech() -> None:
    torch.manual_seed(0)
    generator = MfccGenerator(ArticleGanSettings())
    noise = draw_noise(16, 60, 100, torch.Generator().manual_seed(1))
    assert generator(noise).std().item() == pytest.approx(1, abs=0.15)


def test_one_step_teaches_the_discriminator() -> None:
    torch.manual_seed(0)
    training = GanTraining(TINY)
    randomness = torch.Generator().manual_seed(0)
    real = torch.randn(8, 12, 20, generator=randomness) + 2
    fake = training.generator(draw_noise(8, 12, 6, randomness)).detach()

    def loss() -> float:
        with torch.no_grad():
            discriminator = training.discriminator
            return float(discriminator_loss(discriminator(fake), discriminator(real)))

    before = loss()
    training.step(real, randomness)
    assert loss() < before


def test_the_generator_learns_the_spread_of_the_data() -> None:
    torch.manual_seed(0)
    quick = replace(TINY, generator_rate=4e-3, discriminator_rate=8e-3, averaging=0.9)
    training = GanTraining(quick)
    randomness = torch.Generator().manual_seed(0)

    def spread() -> float:
        with torch.no_grad():
            return float(training.averaged(draw_noise(64, 12, 6, randomness)).std())

    assert spread() > 0.9
    for _ in range(80):
        training.step(0.5 * torch.randn(8, 12, 20, generator=randomness), randomness)
    assert spread() < 0.7


def test_training_repeats_with_its_seed(vowel: Callable[..., Waveform]) -> None:
    before = torch.random.get_rng_state()
    runs = [train_article_gan([vowel()], 60.0, seed, ignore, TINY) for seed in (4, 4, 5)]
    assert torch.equal(torch.random.get_rng_state(), before)
    first, again, other = (run.sample_mfcc(2, 0.5, seed=1) for run in runs)
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)
    assert [len(run.losses) for run in runs] == [3, 3, 3]


def test_samples_have_the_length_asked_for(vowel: Callable[..., Waveform]) -> None:
    gan = train_article_gan([vowel()], 60.0, 0, ignore, TINY)
    samples = gan.sample(2, 0.7)
    assert len(samples) == 2
    for sample in samples:
        assert sample.sample_rate == SAMPLE_RATE
        assert sample.seconds == pytest.approx(0.7, abs=0.03)
        assert np.abs(sample.samples).max() <= 1
    with pytest.raises(InputError, match="got 0 and 1"):
        gan.sample(0, 1.0)


def test_time_and_speech_that_do_not_suffice(vowel: Callable[..., Waveform]) -> None:
    with pytest.raises(InputError, match="budget of 0 s"):
        train_article_gan([vowel()], 0.0, 0, ignore, TINY)
    with pytest.raises(InputError, match=r"needs 5.0 s of speech, got 1.2 s"):
        train_article_gan([vowel()], 1.0, 0, ignore)
    with pytest.raises(InputError, match=r"got 0.0 s"):
        mfcc_stream([], 5)
    with pytest.raises(SettingsError, match="batch_size >= 1, got 0"):
        ArticleGanSettings(batch_size=0)
    with pytest.raises(SettingsError, match="averaging < 1, got 1"):
        ArticleGanSettings(averaging=1.0)


def test_progress_is_reported(vowel: Callable[..., Waveform]) -> None:
    reports: list[tuple[float, str]] = []
    train_article_gan([vowel()], 60.0, 0, lambda f, m: reports.append((f, m)), TINY)
    assert [message.split(":")[0] for _, message in reports] == ["step 1", "step 2", "step 3"]
    assert all(0 <= fraction <= 1 for fraction, _ in reports)


def test_baseline_writes_samples_and_scores_them_beside_controls(
    tmp_path: Path, vowel: Callable[..., Waveform]
) -> None:
    training = [vowel(f0) for f0 in (120.0, 150.0, 190.0)]
    held_out = [vowel(130.0), vowel(170.0, name="i")]
    folder = tmp_path / "samples"
    results = run_baseline(training, held_out, folder, 60.0, 0, ignore, TINY, count=2, seconds=1.0)
    assert json.loads(json.dumps(results, allow_nan=False)) == results
    assert results["steps"] == 3
    assert results["losses"][-1]["step"] == 3
    assert results["files"] == ["article-gan-01.wav", "article-gan-02.wav"]
    assert read_audio(folder / "article-gan-02.wav").seconds == pytest.approx(1, abs=0.03)
    rows = {row["system"]: row for row in results["rows"]}
    assert {column.key for column in BASELINE_COLUMNS} <= set(rows["article's GAN"])
    copied = rows["control: the same speech through its MFCCs"]
    assert copied["mse"]["median"] < rows["article's GAN"]["mse"]["median"]
    assert copied["correlation"]["median"] > rows["article's GAN"]["correlation"]["median"]


def test_held_out_speech_must_suffice(vowel: Callable[..., Waveform]) -> None:
    with pytest.raises(InputError, match=r"needs 2 s of held-out speech, got 1.2 s"):
        cut_pieces([vowel()], 1.0)
    with pytest.raises(InputError, match="got none"):
        cut_pieces([], 1.0)
    assert len(cut_pieces([vowel(seconds=2.0)] * 6, 1.0)) == 8
