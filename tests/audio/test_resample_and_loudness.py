"""Rate conversion against hand answers, loudness against the standard's own figures."""

import numpy as np
import pytest
from signals import speech_like, tone, white_noise

from voicehub.audio.loudness import TARGET_LUFS, loudness_lufs, normalise_loudness
from voicehub.audio.resample import Resampler, resample
from voicehub.audio.waveform import SAMPLE_RATE, Waveform
from voicehub.errors import AudioError

RATES = [4_000, 8_000, 11_025, 16_000, 22_050, 44_100, 48_000, 192_000]


@pytest.mark.parametrize("rate", RATES)
def test_the_passband_stays(rate: int) -> None:
    for share in (0.02, 0.3, 0.45):
        frequency = share * min(rate, SAMPLE_RATE)
        out = resample(tone(frequency, 1.0, sample_rate=rate), rate, SAMPLE_RATE)
        middle = slice(3000, -3000)
        np.testing.assert_allclose(out[middle], tone(frequency, 1.0)[middle], atol=5e-4)


@pytest.mark.parametrize("frequency", [12_500, 15_000, 20_000, 23_500])
def test_nothing_aliases(frequency: int) -> None:
    out = resample(tone(frequency, 1.0, sample_rate=48_000), 48_000, SAMPLE_RATE)
    assert 20 * np.log10(np.abs(out[3000:-3000]).max() / 0.5) < -90


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("block", [1, 777, 8192])
def test_blocks_give_the_same_as_the_whole(rate: int, block: int) -> None:
    samples = white_noise(0.2 if block == 1 else 1.5, sample_rate=rate)[
        : 2000 if block == 1 else None
    ]
    stream = Resampler(rate, SAMPLE_RATE)
    parts = [stream.convert(samples[i : i + block]) for i in range(0, len(samples), block)]
    joined = np.concatenate([*parts, stream.finish()])
    np.testing.assert_array_equal(joined, resample(samples, rate, SAMPLE_RATE))


def test_one_second_stays_one_second() -> None:
    for rate in RATES:
        assert len(resample(np.zeros(rate, np.float32), rate, SAMPLE_RATE)) == SAMPLE_RATE
    assert len(resample(np.zeros(0, np.float32), 44_100, SAMPLE_RATE)) == 0


@pytest.mark.parametrize(("amplitude", "lufs"), [(1.0, -3.01), (0.1, -23.01), (0.01, -43.01)])
def test_a_sine_of_997_hz_has_the_loudness_of_the_standard(amplitude: float, lufs: float) -> None:
    """ITU-R BS.1770-4: a 997 Hz sine at 0 dBFS in one channel reads -3.01 LKFS."""
    for rate in (24_000, 48_000):
        samples = tone(997, 5.0, amplitude, sample_rate=rate)
        assert loudness_lufs(Waveform(samples, rate)) == pytest.approx(lufs, abs=0.1)


def test_silence_has_no_loudness_and_stays() -> None:
    for count in (0, 100, 50_000):
        silence = Waveform(np.zeros(count, np.float32))
        assert loudness_lufs(silence) == -np.inf
        assert normalise_loudness(silence) is silence


def test_normalising_reaches_the_target_and_nothing_else_changes() -> None:
    speech = speech_like(5.0)
    for gain in (0.1, 0.3, 3.0):
        loud = Waveform(gain * speech.samples, SAMPLE_RATE, 16_000)
        normal = normalise_loudness(loud)
        assert loudness_lufs(normal) == pytest.approx(TARGET_LUFS, abs=0.01)
        assert normal.source_rate == 16_000
        assert np.corrcoef(normal.samples, speech.samples)[0, 1] == pytest.approx(1.0, abs=1e-6)


def test_normalising_never_reaches_full_scale() -> None:
    clicks = np.zeros(SAMPLE_RATE, np.float32)
    clicks[::4000] = 0.5
    assert np.abs(normalise_loudness(Waveform(clicks), 0.0).samples).max() < 0.98


@pytest.mark.parametrize(
    "samples",
    [
        np.zeros((2, 3), np.float32),
        np.zeros(3),
        np.array([0, np.nan], np.float32),
        np.array([0, np.inf], np.float32),
    ],
)
def test_a_waveform_cannot_be_wrong(samples: np.ndarray) -> None:
    with pytest.raises(AudioError):
        Waveform(samples)
