import numpy as np
import pytest
import torch
from tiny import demo_clips, write_tiny_base

from voicehub.audio.files import read_audio
from voicehub.audio.waveform import Waveform
from voicehub.errors import AudioError, SettingsError, TextError
from voicehub.features.mel import HOP_LENGTH
from voicehub.model.base import load_base
from voicehub.model.generator import FRAMES_STEP, Generator
from voicehub.model.prosody import SpeakerStats
from voicehub.model.voice import VoiceModel
from voicehub.synthesis.convert import ConvertOptions, convert, move_f0
from voicehub.synthesis.speak import SpeakOptions, speak, whole_frames, widened


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    return load_base(write_tiny_base(tmp_path_factory.mktemp("base")), "cpu")


@pytest.fixture(scope="module")
def voice(base):
    return VoiceModel(np.full(256, 1 / 16, np.float32), SpeakerStats(5.0, 0.2, 2.0), base.id)


def _said(base, voice, text, **options):
    return np.concatenate([w.samples for w in speak(base, voice, text, SpeakOptions(**options))])


def test_same_seed_same_sound(base, voice):
    text = "Hello there. 你好。"
    first = _said(base, voice, text, seed=1)
    assert np.array_equal(first, _said(base, voice, text, seed=1))
    assert not np.array_equal(first, _said(base, voice, text, seed=2))


def test_speed_shortens_in_proportion():
    tokens = np.array([[0, 0, 0, 0]] + [[5, 0, 0, 0]] * 50 + [[0, 0, 3, 0]])
    slow, fast = (whole_frames(np.full(52, np.log(9), np.float32), tokens, s) for s in (0.75, 1.5))
    assert slow[1:-1].sum() == pytest.approx(2 * fast[1:-1].sum(), abs=3)


def test_sentences_come_one_by_one_and_join_at_zero(base, voice):
    sentences = speak(base, voice, "One. Two. " * 10_000)
    first = next(sentences)
    assert first.samples[0] == pytest.approx(0, abs=1e-6)
    assert first.samples[-1] == pytest.approx(0, abs=1e-6)
    next(sentences)


def test_the_generator_is_given_few_lengths_and_what_is_over_is_cut(base, voice, monkeypatch):
    given = []
    filters = Generator.filters

    def listening(self, controls):
        given.append(controls.f0.shape[1])
        return filters(self, controls)

    monkeypatch.setattr(Generator, "filters", listening)
    lengths = {len(_said(base, voice, "One " + "two " * count)) for count in range(1, 7)}
    rendered = set(given)
    convert(base, voice, read_audio(demo_clips()[0]))
    assert all(frames % FRAMES_STEP == 0 for frames in given)
    assert len(lengths) == 6 > len(rendered)
    assert max(lengths) < HOP_LENGTH * max(rendered)


def test_nothing_to_say_is_said_so(base, voice):
    with pytest.raises(TextError):
        list(speak(base, voice, " … !!"))


@pytest.mark.parametrize("bad", [{"speed": 3.0}, {"pitch_semitones": 20.0}, {"expressiveness": -1}])
def test_options_are_checked_when_made(bad):
    with pytest.raises(SettingsError, match="need"):
        SpeakOptions(**bad)


def test_conversion_keeps_the_length_and_repeats(base, voice):
    source = read_audio(demo_clips()[0])
    once = convert(base, voice, source)
    assert len(once.samples) == len(source.samples)
    assert np.array_equal(once.samples, convert(base, voice, source).samples)


def test_a_long_recording_is_converted_in_pieces(base, voice):
    samples = np.tile(read_audio(demo_clips()[0]).samples, 4)
    assert len(convert(base, voice, Waveform(samples)).samples) == len(samples)


@pytest.mark.parametrize("likeness", [-0.1, 1.1, float("nan")])
def test_a_likeness_that_is_no_share_is_refused(likeness):
    with pytest.raises(SettingsError, match="0 <= likeness <= 1"):
        ConvertOptions(likeness=likeness)


def test_silence_and_scraps_cannot_be_converted(base, voice):
    with pytest.raises(AudioError, match="silent"):
        convert(base, voice, Waveform(np.zeros(48_000, np.float32)))
    with pytest.raises(AudioError, match="at least"):
        convert(base, voice, Waveform(np.zeros(100, np.float32)))
    with pytest.raises(SettingsError):
        ConvertOptions(pitch_semitones=30)


def test_f0_moves_to_the_targets_mean_and_spread():
    rng = np.random.default_rng(0)
    f0 = np.exp(rng.normal(np.log(110), 0.15, 4000)).astype(np.float32)
    f0[::5] = 0
    moved = move_f0(f0, SpeakerStats(np.log(220), 0.18, 2.0), 0.0)
    voiced = moved[moved > 0]
    assert (moved > 0).tolist() == (f0 > 0).tolist()
    assert np.median(voiced) == pytest.approx(220, rel=0.02)
    assert np.log(voiced).std() == pytest.approx(0.18, rel=0.05)
    octave = move_f0(f0, SpeakerStats(np.log(220), 0.18, 2.0), 12.0)
    assert np.median(octave[octave > 0]) == pytest.approx(440, rel=0.02)


def test_rounding_errors_of_durations_do_not_add_up():
    tokens = np.array([[0, 0, 0, 0]] + [[5, 0, 0, 0]] * 100 + [[0, 0, 3, 0]])
    frames = whole_frames(np.full(102, np.log(7.4), np.float32), tokens, 1.0)
    assert frames[1:-1].sum() == pytest.approx(740, abs=2)
    assert frames.min() >= 2


def test_a_prediction_gets_its_spread_back_and_keeps_its_mean():
    values = torch.tensor([1.0, 3.0] * 20 + [50.0])
    where = torch.tensor([True] * 40 + [False])
    spread = float(values[where].std())
    doubled = widened(values, where, 2 * spread)
    assert doubled[where].mean() == pytest.approx(2.0)
    assert doubled[:2].tolist() == pytest.approx([0.0, 4.0])
    assert torch.equal(widened(values, where, 0.5 * spread), values)  # never narrower
    assert widened(values, where, 9 * spread)[0] == pytest.approx(2.0 - 2.2)  # nor much wider
    few = torch.tensor([1.0, 3.0])
    assert torch.equal(widened(few, few > 0, 10.0), few)
