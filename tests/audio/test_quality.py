"""Each check of a recording on signals of which the answer is known."""

import io
import json
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import scipy.signal
import soundfile
from signals import add_noise, pink_noise, speech_like, tone, white_noise

from voicehub.audio.activity import speech_spans
from voicehub.audio.files import read_audio
from voicehub.audio.measure import bandwidth_hz, clipped_share, snr_db
from voicehub.audio.quality import MESSAGES, Check, Level, QualityLimits, QualityReport, assess
from voicehub.audio.resample import resample
from voicehub.audio.speakers import embedding_spread, speaker_spread, speech_windows
from voicehub.audio.waveform import SAMPLE_RATE, Waveform
from voicehub.errors import SettingsError

DEMO = Path(__file__).parents[2] / "demo"


def join(reader: str, count: int) -> Waveform:
    paths = sorted((DEMO / reader).glob("*.opus"))[:count]
    return Waveform(
        np.concatenate([read_audio(path).samples for path in paths]), SAMPLE_RATE, 16_000
    )


@pytest.fixture(scope="module")
def clean() -> Waveform:
    """Return two clips of a reader, faded into digital silence nowhere and clipped nowhere."""
    return join("reader-m", 2)


def codes(report: QualityReport) -> dict[str, Check]:
    return {check.code.split(".")[0]: check for check in report.checks}


def test_a_good_recording_passes_but_for_its_bandwidth(clean: Waveform) -> None:
    report = assess(clean)
    assert {check.code for check in report.problems} == {"bandwidth.narrow"}
    assert report.level is Level.WARN
    assert len(report.checks) == 5


def test_wide_band_speech_passes_whole() -> None:
    report = assess(speech_like(15.0))
    assert report.level is Level.PASS, report.problems


@pytest.mark.parametrize("seconds", [0.0, 0.0001, 0.5, 10.0])
def test_silence_fails_with_clear_words(seconds: float) -> None:
    report = assess(Waveform(np.zeros(round(seconds * SAMPLE_RATE), np.float32)))
    assert report.level is Level.FAIL
    assert report.checks[0].code == "level.silent"
    assert "silent" in report.problems[0].message
    assert report.checks[0].value is None


@pytest.mark.parametrize("noise", [white_noise(8), pink_noise(8), tone(50, 8), tone(1000, 8)])
def test_noise_alone_is_no_speech(noise: np.ndarray) -> None:
    report = assess(Waveform(noise))
    assert report.level is Level.FAIL
    assert codes(report)["speech"].code == "speech.none"
    assert "No speech" in report.problems[0].message


def test_length_of_speech(clean: Waveform) -> None:
    start = int(speech_spans(clean)[0][0] * SAMPLE_RATE)
    for seconds, code, level in (
        (2.0, "speech.too_short", Level.FAIL),
        (6.0, "speech.short", Level.WARN),
        (19.0, "speech.ok", Level.PASS),
    ):
        part = Waveform(clean.samples[start : start + int(seconds * SAMPLE_RATE)])
        check = codes(assess(part))["speech"]
        assert (check.code, check.level) == (code, level)
        assert check.value is not None
        assert 0.6 * seconds < check.value <= seconds


@pytest.mark.parametrize("snr", [0, 5, 10, 15, 20])
@pytest.mark.parametrize("colour", ["white", "pink"])
def test_snr_is_that_of_the_mixture(clean: Waveform, snr: float, colour: str) -> None:
    spans = speech_spans(clean)
    spoken = np.concatenate(
        [clean.samples[int(a * SAMPLE_RATE) : int(b * SAMPLE_RATE)] for a, b in spans]
    )
    noise = white_noise(clean.seconds) if colour == "white" else pink_noise(clean.seconds)
    sections = scipy.signal.butter(4, 80, "highpass", fs=SAMPLE_RATE, output="sos")
    noise = scipy.signal.sosfilt(sections, noise)[: len(clean.samples)].astype(np.float32)
    gain = np.sqrt(np.mean(spoken**2) / np.mean(noise**2) / 10 ** (snr / 10))
    noisy = Waveform((clean.samples + gain * noise).astype(np.float32))
    assert snr_db(noisy, spans) == pytest.approx(snr, abs=1.5)


def test_snr_without_pauses_and_without_speech(clean: Waveform) -> None:
    noisy = Waveform(add_noise(clean.samples, white_noise(clean.seconds), 10))
    assert snr_db(noisy, [(0.0, clean.seconds)]) == pytest.approx(10, abs=2.5)
    assert np.isnan(snr_db(noisy, []))
    assert snr_db(speech_like(3.0), [(0.25, 1.0)]) <= 60


def test_noise_grades(clean: Waveform) -> None:
    noise = pink_noise(clean.seconds)
    for snr, code in ((4, "noise.high"), (14, "noise.some")):
        report = assess(Waveform(add_noise(clean.samples, noise, snr)))
        assert codes(report)["noise"].code == code


@pytest.mark.parametrize("share", [0.01, 0.03, 0.1])
@pytest.mark.parametrize("rate", [SAMPLE_RATE, 48_000])
def test_clipping_is_found_also_after_resampling(clean: Waveform, share: float, rate: int) -> None:
    samples = resample(clean.samples, SAMPLE_RATE, rate)
    limit = np.quantile(np.abs(samples), 1 - share)
    cut = resample(np.clip(samples, -limit, limit), rate, SAMPLE_RATE)
    assert clipped_share(cut) == pytest.approx(share, rel=0.4)
    assert codes(assess(Waveform(cut)))["clipping"].level is not Level.PASS


def test_clean_speech_is_not_called_clipped(clean: Waveform) -> None:
    assert clipped_share(clean.samples) < 1e-4
    assert clipped_share(speech_like(5.0).samples) < 1e-3
    assert clipped_share(np.zeros(100, np.float32)) == 0
    assert clipped_share(np.zeros(0, np.float32)) == 0


def telephone(waveform: Waveform) -> np.ndarray:
    """Return what a call at 8 kHz leaves, saved at 44.1 kHz with 16 bits."""
    sections = scipy.signal.butter(6, [300, 3400], "bandpass", fs=8000, output="sos")
    narrow = scipy.signal.sosfilt(sections, resample(waveform.samples, SAMPLE_RATE, 8000))
    wide = resample(narrow.astype(np.float32), 8000, 44_100)
    return (np.round(wide * 32768) / 32768).astype(np.float32)


@pytest.mark.parametrize("coding", ["pcm", "mp3", "noise"])
def test_a_telephone_is_heard_whatever_the_header_says(clean: Waveform, coding: str) -> None:
    samples = telephone(clean)
    if coding == "mp3":
        target = io.BytesIO()
        soundfile.write(target, samples, 44_100, format="MP3")
        target.seek(0)
        samples = soundfile.read(target, dtype="float32")[0]
    if coding == "noise":
        samples = add_noise(samples, white_noise(len(samples) / SAMPLE_RATE + 1), 20)
    waveform = Waveform(resample(samples, 44_100, SAMPLE_RATE), source_rate=44_100)
    assert 2500 < bandwidth_hz(waveform) < 4200
    check = codes(assess(waveform))["bandwidth"]
    assert (check.code, check.level) == ("bandwidth.telephone", Level.FAIL)


def test_a_16_khz_source_is_heard_whatever_the_header_says(clean: Waveform) -> None:
    waveform = Waveform(clean.samples, source_rate=48_000)
    assert bandwidth_hz(waveform) == pytest.approx(8000, abs=400)
    assert codes(assess(waveform))["bandwidth"].code == "bandwidth.narrow"


def test_bandwidth_of_wide_band_and_of_nothing() -> None:
    assert bandwidth_hz(speech_like(5.0)) > 9000
    assert bandwidth_hz(Waveform(speech_like(5.0).samples, source_rate=8000)) == 4000
    assert bandwidth_hz(Waveform(np.zeros(10, np.float32))) == 0
    assert bandwidth_hz(Waveform(np.zeros(48_000, np.float32))) == 0


@pytest.mark.parametrize(
    ("gain_db", "code"), [(-45, "level.too_quiet"), (-22, "level.quiet"), (14, "level.loud")]
)
def test_levels(clean: Waveform, gain_db: float, code: str) -> None:
    waveform = Waveform((clean.samples * 10 ** (gain_db / 20)).astype(np.float32))
    assert codes(assess(waveform))["level"].code == code


def embed_by_pitch(waveform: Waveform) -> np.ndarray:
    """Return a unit vector that turns with the strongest frequency: a toy speaker encoder."""
    spectrum = np.abs(np.fft.rfft(waveform.samples, SAMPLE_RATE))[50:350]
    angle = np.log2((50 + int(spectrum.argmax())) / 100)
    return np.array([np.cos(angle), np.sin(angle)], np.float32)


def test_two_voices_are_suspected_and_one_is_not() -> None:
    low, high = tone(100, 12), tone(230, 12)
    spans = [(0.0, 24.0)]
    alone = Waveform(np.concatenate([low, low]))
    both = Waveform(np.concatenate([low, high]))
    assert speaker_spread(alone, spans, embed_by_pitch) == pytest.approx(0, abs=1e-3)
    spread = speaker_spread(both, spans, embed_by_pitch)
    assert spread == pytest.approx(1 - np.cos(np.log2(2.3)), abs=0.01)
    assert speaker_spread(alone, [(0.0, 9.0)], embed_by_pitch) is None  # too few parts to tell


def test_spread_of_known_vectors() -> None:
    same = np.tile(np.array([1, 0], np.float32), (6, 1))
    assert embedding_spread(same) == pytest.approx(0)
    mixed = np.array([[1, 0], [1, 0], [0, 1], [0, 1]], np.float32)
    assert embedding_spread(mixed) == pytest.approx(1)


def test_windows_spread_over_long_speech() -> None:
    waveform = Waveform(np.arange(SAMPLE_RATE * 300, dtype=np.float32) / 1e7)
    windows = speech_windows(waveform, [(0, 100), (200, 300)])
    assert len(windows) == 20
    starts = [window.samples[0] * 1e7 / SAMPLE_RATE for window in windows]
    assert starts[0] == pytest.approx(0, abs=0.01)
    assert starts[-1] > 290
    assert all(a < b for a, b in pairwise(starts))
    assert speech_windows(waveform, []) == []


def test_the_speaker_encoder_tells_two_readers_from_one() -> None:
    from voicehub.speaker.embedding import default_encoder

    embed = default_encoder().embed
    one = codes(assess(join("reader-m", 3), embed))["speakers"]
    assert (one.code, one.level) == ("speakers.one", Level.PASS)
    samples = [join(reader, 2).samples for reader in ("reader-m", "reader-f")]
    two = codes(assess(Waveform(np.concatenate(samples)), embed))["speakers"]
    assert two.level is not Level.PASS


def test_the_report_is_json_and_every_code_has_words(clean: Waveform) -> None:
    report = assess(clean)
    text = json.dumps(report.as_dict(), allow_nan=False)
    assert json.loads(text)["level"] == "warn"
    for check in report.checks:
        assert check.message == MESSAGES[check.code].format(value=check.value) or check.value
    for code, words in MESSAGES.items():
        assert words.format(value=1.0).endswith("."), code
        passed = code.endswith((".ok", ".one"))
        assert passed or ";" in words or ":" in words, f"{code} says not what to do"


def test_the_worst_check_decides() -> None:
    def check(level: Level) -> Check:
        return Check("x.y", level, 0.0, "", "")

    report = QualityReport((check(Level.WARN), check(Level.FAIL), check(Level.PASS)))
    assert report.level is Level.FAIL
    assert [each.level for each in report.problems] == [Level.FAIL, Level.WARN]


def test_limits_that_contradict_each_other() -> None:
    with pytest.raises(SettingsError):
        QualityLimits(speech_warn_seconds=2.0)
    with pytest.raises(SettingsError):
        QualityLimits(clipped_fail_share=1e-4)
