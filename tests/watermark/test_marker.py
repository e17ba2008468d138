"""The mark: found where it is, absent where it is not, read exactly, and bought with little."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from voicehub.audio.codec import through_mp3, through_telephone
from voicehub.audio.files import read_audio
from voicehub.audio.waveform import SAMPLE_RATE, Waveform
from voicehub.errors import WatermarkError
from voicehub.evaluation.attacks import amplified, noisy, pcm16
from voicehub.watermark import Detection, Marker

Clip = Callable[..., Path]
KEY, OTHER_KEY = bytes(range(32)), bytes(range(1, 33))
PAYLOAD = 0xC0FFEE42


@pytest.fixture(scope="module")
def speech(clip: Clip) -> Waveform:
    return read_audio(clip(4.0, "reader-m", 1))


@pytest.fixture(scope="module")
def marked(speech: Waveform) -> Waveform:
    return Marker(KEY).embed(speech, PAYLOAD)


def found(waveform: Waveform, key: bytes = KEY) -> Detection:
    detection = Marker(key).detect(waveform)
    assert detection is not None
    return detection


def test_the_payload_is_read_from_marked_speech(marked: Waveform) -> None:
    detection = found(marked)
    assert (detection.payload, detection.exact) == (PAYLOAD, True)
    assert detection.bit_confidence > 0.95
    assert detection.false_positive < 1e-6
    assert detection.start_seconds == 0.0
    assert detection.end_seconds == pytest.approx(marked.seconds, abs=0.5)


@pytest.mark.parametrize("payload", [0, 1, 2**31, 2**32 - 1])
def test_any_payload_can_be_carried(speech: Waveform, payload: int) -> None:
    assert found(Marker(KEY).embed(speech, payload)).payload == payload


def test_marking_keeps_length_and_rate_and_stays_thirty_decibels_under_the_speech(
    speech: Waveform, marked: Waveform
) -> None:
    assert marked.samples.shape == speech.samples.shape
    assert (marked.sample_rate, marked.source_rate) == (speech.sample_rate, speech.source_rate)
    change = marked.samples - speech.samples
    assert 0 < np.sum(change**2) < np.sum(speech.samples**2) * 1e-3


def test_marking_is_deterministic(speech: Waveform, marked: Waveform) -> None:
    again = Marker(KEY).embed(speech, PAYLOAD)
    assert np.array_equal(again.samples, marked.samples)


def test_clean_speech_and_another_key_give_nothing(speech: Waveform, marked: Waveform) -> None:
    assert Marker(KEY).detect(speech) is None
    assert Marker(OTHER_KEY).detect(marked) is None


@pytest.mark.parametrize(
    "change",
    [
        pcm16,
        lambda waveform: amplified(waveform, -6.0),
        lambda waveform: through_mp3(waveform, 64_000),
        through_telephone,
        lambda waveform: noisy(waveform, 25.0),
        lambda waveform: Waveform(waveform.samples[12_345:].copy()),
    ],
    ids=["pcm16", "gain", "mp3", "telephone", "noise", "crop"],
)
def test_the_mark_survives(marked: Waveform, change: Callable[[Waveform], Waveform]) -> None:
    assert found(change(marked)).payload == PAYLOAD


def test_sentences_marked_one_by_one_are_read_from_the_joined_file(clip: Clip) -> None:
    marker = Marker(KEY)
    parts = []
    for number, seconds in ((0, 2.6), (1, 3.3), (2, 2.1)):
        sentence = read_audio(clip(seconds, "reader-f", number))
        parts += [marker.embed(sentence, PAYLOAD).samples, np.zeros(3_210 + number, np.float32)]
    detection = found(Waveform(np.concatenate(parts)))
    assert detection.payload == PAYLOAD
    assert detection.end_seconds - detection.start_seconds > 5.0


def test_what_cannot_be_marked_is_refused() -> None:
    marker = Marker(KEY)
    silence = np.zeros(SAMPLE_RATE, np.float32)
    for samples in (silence, silence[:0], silence + np.float32(1e-5)):
        with pytest.raises(WatermarkError):
            marker.embed(Waveform(samples), PAYLOAD)
    with pytest.raises(WatermarkError, match="32 bits"):
        marker.embed(Waveform(silence + 1), 2**32)
    with pytest.raises(WatermarkError, match="24000 Hz"):
        marker.embed(Waveform(silence, 16_000), PAYLOAD)
    with pytest.raises(WatermarkError, match="32 bytes"):
        Marker(b"short")


@pytest.mark.parametrize("length", [0, 1, 479, 12_000, 72_000])
def test_nothing_is_found_in_silence_of_any_length(length: int) -> None:
    assert Marker(KEY).detect(Waveform(np.zeros(length, np.float32))) is None


@pytest.mark.parametrize("seconds", [0.05, 0.3, 1.0])
def test_short_speech_is_marked_too(speech: Waveform, seconds: float) -> None:
    short = Waveform(speech.samples[24_000 : 24_000 + int(seconds * SAMPLE_RATE)].copy())
    marked = Marker(KEY).embed(short, PAYLOAD)
    assert len(marked.samples) == len(short.samples)
    assert not np.array_equal(marked.samples, short.samples)


def test_steady_tones_give_no_certainty_though_every_second_repeats_them() -> None:
    time = np.arange(8 * SAMPLE_RATE) / SAMPLE_RATE
    pitches = np.random.default_rng(3).uniform(400, 7000, 40)
    once = np.sin(2 * np.pi * pitches[:, None] * time[:SAMPLE_RATE]).sum(0) / 100
    for samples in (
        np.sin(2 * np.pi * np.round(pitches)[:, None] * time).sum(0) / 100,
        np.tile(once, 8),
    ):
        sound = Waveform(samples.astype(np.float32))
        for first in range(0, 96, 32):
            key = bytes(range(first, first + 32))
            assert Marker(key).detect(sound) is None


def test_the_bound_of_a_false_alarm_falls_with_what_is_heard(marked: Waveform) -> None:
    whole, part = found(marked), found(Waveform(marked.samples[: 2 * SAMPLE_RATE].copy()))
    assert whole.false_positive < part.false_positive < 1e-3
