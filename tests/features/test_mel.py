"""Spectra against scipy and librosa, energy against hand answers."""

import librosa
import numpy as np
import pytest
import scipy.signal
from signals import speech_like, tone, white_noise

from voicehub.audio.waveform import SAMPLE_RATE
from voicehub.errors import SettingsError
from voicehub.features.mel import (
    HOP_LENGTH,
    N_FFT,
    MelParams,
    frame_log_energy,
    log_mel,
    mel_basis,
    mel_centres,
    stft_magnitude,
)


@pytest.fixture(scope="module")
def samples() -> np.ndarray:
    return speech_like(2.0, seed=1).samples + white_noise(2.0, rms=0.003)


def test_stft_is_scipys(samples: np.ndarray) -> None:
    padded = np.pad(samples.astype(np.float64), N_FFT // 2, mode="reflect")
    window = scipy.signal.get_window("hann", N_FFT)
    transform = scipy.signal.ShortTimeFFT(window, HOP_LENGTH, SAMPLE_RATE, mfft=N_FFT)
    first = N_FFT // 2 // HOP_LENGTH  # the frame that begins with the first sample
    theirs = np.abs(transform.stft(padded, p0=first, p1=first + 1 + len(samples) // HOP_LENGTH))
    np.testing.assert_allclose(stft_magnitude(samples), theirs, atol=2e-4)


def test_mel_is_librosas(samples: np.ndarray) -> None:
    params = MelParams()
    theirs = librosa.feature.melspectrogram(
        y=samples,
        sr=SAMPLE_RATE,
        n_fft=N_FFT,
        hop_length=HOP_LENGTH,
        n_mels=80,
        fmin=40.0,
        fmax=7600.0,
        power=1.0,
        pad_mode="reflect",
    )
    np.testing.assert_allclose(
        log_mel(samples, params), np.log(np.maximum(theirs, 1e-5)), atol=1e-4
    )


@pytest.mark.parametrize("count", [0, 1, 255, 256, 512, 513, 700, 1023, 1024, 24_000])
def test_every_length_has_its_frames(count: int) -> None:
    samples = white_noise(2.0)[:count]
    frames = 1 + count // HOP_LENGTH
    assert log_mel(samples).shape == (80, frames)
    assert stft_magnitude(samples).shape == (513, frames)
    assert frame_log_energy(samples).shape == (frames,)
    assert log_mel(samples).dtype == frame_log_energy(samples).dtype == np.float32


def test_a_frame_centres_on_its_samples() -> None:
    samples = np.zeros(SAMPLE_RATE, np.float32)
    samples[40 * HOP_LENGTH] = 1.0
    assert int(stft_magnitude(samples).sum(0).argmax()) == 40
    # A click in the middle of the window has a flat spectrum of the window's middle value.
    np.testing.assert_allclose(stft_magnitude(samples)[:, 40], 1.0, atol=1e-5)


@pytest.mark.parametrize("hz", [100, 440, 1000, 3000, 7000])
def test_a_tone_lights_its_band(hz: float) -> None:
    bands = log_mel(tone(hz, 1.0))[:, 40]
    centres = mel_centres(MelParams())
    assert abs(int(bands.argmax()) - int(np.abs(centres - hz).argmin())) <= 1
    # The amplitude of a sine between the bins of a Hann window of 1024: at most A * 512 / 2.
    assert stft_magnitude(tone(hz, 1.0, 0.5))[:, 40].max() <= 0.5 * 512 / 2 + 1


def test_filters_cover_the_band_and_nothing_else() -> None:
    params = MelParams()
    basis = mel_basis(params)
    frequencies = np.fft.rfftfreq(N_FFT, 1 / SAMPLE_RATE)
    assert basis.shape == (80, 513)
    assert (basis >= 0).all()
    assert (basis[:, (frequencies < 40) | (frequencies > 7600)] == 0).all()
    assert (basis[:, (frequencies > 80) & (frequencies < 7500)].sum(0) > 0).all()
    assert mel_basis(params) is mel_basis(MelParams())


def test_silence_is_the_floor() -> None:
    np.testing.assert_allclose(log_mel(np.zeros(3000, np.float32)), np.log(1e-5), rtol=1e-6)


@pytest.mark.parametrize(
    ("samples", "rms"),
    [
        (np.full(SAMPLE_RATE, 0.25, np.float32), 0.25),
        (tone(1500, 1.0, 0.5), 0.5 / np.sqrt(2)),  # 64 whole periods in a frame
        (np.zeros(SAMPLE_RATE, np.float32), 1e-4),
        (np.full(SAMPLE_RATE, 1e-6, np.float32), 1e-4),
    ],
)
def test_energy_is_the_logarithm_of_the_rms(samples: np.ndarray, rms: float) -> None:
    np.testing.assert_allclose(frame_log_energy(samples)[3:-3], np.log(rms), atol=1e-3)


def test_energy_at_the_edge_sees_half_a_frame() -> None:
    energy = frame_log_energy(np.full(SAMPLE_RATE, 0.5, np.float32))
    assert energy[0] == pytest.approx(np.log(0.5 / np.sqrt(2)), abs=1e-3)


@pytest.mark.parametrize(("fmin", "fmax"), [(-1, 100), (100, 100), (200, 100), (0, 13_000)])
def test_impossible_bands_are_refused(fmin: float, fmax: float) -> None:
    with pytest.raises(SettingsError, match="need 0 <= fmin < fmax <= 12000"):
        MelParams(fmin=fmin, fmax=fmax)
