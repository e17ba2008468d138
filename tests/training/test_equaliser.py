"""What a voice lacks before it is tuned: found by copying, and made good without training."""

from dataclasses import replace

import numpy as np
import pytest
from tiny import demo_clips, write_tiny_base

from voicehub.audio.files import read_audio
from voicehub.audio.loudness import normalise_loudness
from voicehub.features.mel import MODEL_MEL, frame_log_energy, log_mel
from voicehub.model.base import load_base
from voicehub.model.timbre import estimate_equaliser, sum_spectra
from voicehub.synthesis.convert import convert
from voicehub.text.phonemes import PHONE_INDEX, PHONES
from voicehub.training.finetune import zero_shot_voice


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    return load_base(write_tiny_base(tmp_path_factory.mktemp("base")), "cpu")


def test_copies_come_nearer_to_the_speaker_also_in_what_was_not_compared(base):
    recordings = [read_audio(path) for path in demo_clips()[:3]]
    voice = zero_shot_voice(base, recordings[:2])
    assert voice.equaliser.shape == (len(PHONES), MODEL_MEL.n_mels)
    recording = normalise_loudness(recordings[2])
    natural, loud = log_mel(recording.samples), frame_log_energy(recording.samples) > -4.0

    def distance(made):
        copied = log_mel(convert(base, made, recording).samples)
        difference = (copied - natural)[:50, loud].mean(1)  # within the bandwidth of the recording
        return np.abs(difference - difference.mean()).mean()

    assert distance(voice) < 0.6 * distance(replace(voice, equaliser=None))


def test_what_nothing_is_known_of_is_left_alone():
    assert not estimate_equaliser(sum_spectra([])).any()


def test_silence_is_not_raised_with_the_phones():
    lacking = sum_spectra([])
    sums, frames = lacking.sums.copy(), lacking.frames.copy()
    sums[3], frames[3] = 500.0, 1000.0
    raised = estimate_equaliser(replace(lacking, sums=sums, frames=frames))
    assert raised[3].mean() == pytest.approx(0.5, rel=0.02)
    assert raised[10].mean() == pytest.approx(0.5, rel=0.05)
    assert not raised[PHONE_INDEX["SIL"]].any()
