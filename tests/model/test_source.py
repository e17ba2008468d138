import numpy as np
import pytest
import scipy.signal
import torch

from voicehub.audio.waveform import SAMPLE_RATE
from voicehub.features.f0 import track_f0
from voicehub.model.source import pulse_train


@pytest.mark.parametrize("hz", [80.0, 155.0, 310.0])
def test_pulses_follow_f0_with_unit_power(hz):
    pulses = pulse_train(torch.full((1, 94), hz))
    assert pulses.shape == (1, 93 * 256)
    assert pulses.square().mean().item() == pytest.approx(1.0, abs=0.03)
    # A voice falls by 12 dB an octave; bare pulses, all harmonics alike, fool any period finder.
    sections = scipy.signal.butter(2, 300, fs=SAMPLE_RATE, output="sos")
    track = track_f0(scipy.signal.sosfilt(sections, pulses[0].numpy()).astype(np.float32) * 0.1)
    assert track.median() == pytest.approx(hz, rel=0.005)


def test_harmonics_stay_under_half_the_sample_rate():
    pulses = pulse_train(torch.linspace(90, 400, 94)[None])[0].numpy()
    spectrum = np.abs(np.fft.rfft(pulses * np.hanning(len(pulses)))) ** 2
    top = spectrum[int(0.985 * len(spectrum)) :].sum()
    assert top < 1e-4 * spectrum.sum()


def test_unvoiced_is_silent():
    f0 = torch.full((1, 20), 120.0)
    f0[:, 8:14] = 0
    pulses = pulse_train(f0)[0]
    assert pulses[8 * 256 : 13 * 256].abs().max() == 0
    assert pulse_train(torch.zeros(1, 20)).abs().max() == 0
