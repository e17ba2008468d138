import numpy as np
import pytest
import torch
from tiny import demo_clips, write_tiny_base

from voicehub.audio.files import read_audio
from voicehub.audio.waveform import Waveform
from voicehub.errors import AudioError, SettingsError, TextError
from voicehub.features.mel import MODEL_MEL
from voicehub.model.base import load_base
from voicehub.model.generator import Generator, GeneratorConfig
from voicehub.model.losses import spectral_loss
from voicehub.training.finetune import CloneOptions, Watch, clone_voice, zero_shot_voice
from voicehub.training.finetune_data import SpeakerBatches, speaker_data
from voicehub.training.mel_augment import add_noise, add_reverb, mask_spectrogram, warp_vocal_tract
from voicehub.training.speaker_stats import measure_stats


def _quiet(fraction, message):
    assert 0 <= fraction <= 1
    assert message


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    return load_base(write_tiny_base(tmp_path_factory.mktemp("base")), "cpu")


@pytest.fixture(scope="module")
def clips():
    return [read_audio(path) for path in demo_clips()[:2]]


def test_a_tiny_generator_overfits_one_batch_of_real_speech(base, clips):
    data = speaker_data(base, clips[:1])
    batch = SpeakerBatches(data.training, data.embedding, data.timbre, 24).draw(
        4, np.random.default_rng(0)
    )
    torch.manual_seed(0)
    sizes = GeneratorConfig(48, 96, 2, detail_width=base.detail.config.detail_width)
    generator = Generator(sizes)
    optimiser = torch.optim.Adam(generator.parameters(), 4e-3)
    losses = []
    for _ in range(60):
        loss, _ = spectral_loss(generator(batch.controls), batch.real, batch.bandwidth)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
    assert losses[-1] < 0.55 * losses[0]


def test_cloning_improves_what_it_never_trained_on_and_resumes(base, clips, tmp_path):
    options = CloneOptions(steps=40, critics_share=0.2)
    scores, told = [], {}
    watch = Watch(scores.append, told.__setitem__)
    result = clone_voice(base, clips, options, _quiet, work=tmp_path, watch=watch)
    assert [score.step for score in scores] == [0, 40]
    assert list(told) == list(range(5, 41, 5))
    assert ["adversarial" in losses for losses in told.values()] == [False] * 6 + [True] * 2
    assert told[40]["spectral"] < told[5]["spectral"]
    assert result.metrics["held_out_after"] < result.metrics["held_out_before"]
    assert result.voice.adapter
    again = clone_voice(base, clips, options, _quiet, stop=lambda: True, work=tmp_path)
    assert again.voice.adapter


def test_a_budget_of_seconds_is_used_in_full_and_ends_with_a_score(base, clips):
    scores, told, shares = [], {}, []
    watch = Watch(scores.append, told.__setitem__)
    options = CloneOptions(steps=5_000, seconds=2.0, critics_share=0.5)
    result = clone_voice(base, clips, options, lambda share, _: shares.append(share), watch=watch)
    steps = result.metrics["steps"]
    assert 1 <= steps < 5_000
    assert scores[-1].step == steps
    assert scores[-1].seconds >= 2.0
    assert shares[-1] == 1.0
    assert shares == sorted(shares)
    last = max(told)
    assert last == steps
    assert "adversarial" in told[last]


def test_stopping_keeps_the_best_so_far(base, clips):
    asked = []

    def stop():
        asked.append(True)
        return len(asked) > 2

    result = clone_voice(base, clips[:1], CloneOptions(steps=50), _quiet, stop)
    assert result.metrics["steps"] == 2


def test_transcripts_are_aligned_and_wrong_ones_are_refused(base, clips):
    words = demo_clips()[0].with_name("transcripts.tsv").read_text().splitlines()
    texts = [line.split("\t")[1] for line in words[:2]]
    # A random encoder fits nothing; the trained one is checked where the base checkpoint is.
    with pytest.raises(TextError, match="does not fit"):
        speaker_data(base, clips, transcripts=texts)


def test_too_little_speech_is_refused_with_both_numbers(base):
    silence = Waveform(np.zeros(24_000, np.float32))
    with pytest.raises(AudioError, match=r"0\.0 s of speech.*3 s are needed"):
        zero_shot_voice(base, [silence])


@pytest.mark.parametrize("bad", [{"steps": 0}, {"seconds": -1.0}, {"critics_share": 2.0}])
def test_options_are_checked_when_made(bad):
    with pytest.raises(SettingsError, match="need"):
        CloneOptions(**bad)


def test_stats_by_hand():
    f0 = np.concatenate([np.full(60, 100.0), np.zeros(10), np.full(60, 200.0)]).astype(np.float32)
    phones = np.repeat([1, 0, 2], [60, 10, 60])
    energy = np.where(phones > 0, np.tile([-4.0, -2.0], 65), -9.0).astype(np.float32)
    stats = measure_stats(f0, phones, energy)
    assert np.exp(stats.log_f0_mean) == pytest.approx(141.4, abs=0.1)
    assert np.exp(stats.log_duration) == pytest.approx(60)
    assert (stats.energy_mean, stats.energy_std) == pytest.approx((-3.0, 1.0))
    with pytest.raises(AudioError, match="voiced"):
        measure_stats(*(np.zeros(100, kind) for kind in (np.float32, int, np.float32)))


def test_augmentation_keeps_the_shape_and_a_factor_of_one_changes_nothing():
    generator = torch.Generator().manual_seed(0)
    mel = torch.randn(2, MODEL_MEL.n_mels, 60, generator=generator) - 5
    torch.testing.assert_close(warp_vocal_tract(mel, torch.ones(2)), mel, atol=1e-4, rtol=1e-4)
    assert (add_noise(mel, generator) >= mel - 1e-4).all()
    assert (add_reverb(mel, generator) >= mel.clamp(min=-11.5) - 1e-3).all()
    assert mask_spectrogram(mel, generator).shape == mel.shape
