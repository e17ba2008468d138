"""The base checkpoint that ships: it fits its limits, speaks words, and sounds like whom it should."""

from pathlib import Path

import numpy as np
import pytest
from tiny import demo_clips

from voicehub.audio.files import read_audio
from voicehub.audio.waveform import Waveform
from voicehub.evaluation.recogniser import default_recogniser, word_error_rate
from voicehub.model.base import load_base
from voicehub.settings import CHECKPOINTS
from voicehub.speaker.embedding import default_encoder
from voicehub.synthesis.speak import speak
from voicehub.training.finetune import zero_shot_voice

TEXT = "The boy was there when the sun rose. It is easy to tell the depth of a well."


@pytest.fixture(scope="module")
def base():
    return load_base(CHECKPOINTS / "base", "cpu")


@pytest.fixture(scope="module")
def spoken(base):
    sounds = {}
    for reader in ("reader-f", "reader-m"):
        clips = [read_audio(path) for path in demo_clips(reader)[:2]]
        parts = speak(base, zero_shot_voice(base, clips), TEXT)
        sounds[reader] = Waveform(np.concatenate([part.samples for part in parts]))
    return sounds


def test_everything_that_ships_is_small_and_safe():
    files = [path for path in Path(CHECKPOINTS).rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files) < 46e6
    assert {path.suffix for path in files} <= {".safetensors", ".json", ".md"}


def test_speech_can_be_understood(spoken):
    counts = [
        word_error_rate(TEXT, default_recogniser().transcribe(sound)) for sound in spoken.values()
    ]
    total = counts[0] + counts[1]
    assert total.errors / total.words < 0.6


def test_each_voice_is_nearer_to_its_own_reader(spoken):
    encoder = default_encoder()
    readers = {
        name: np.mean([encoder.embed(read_audio(p)) for p in demo_clips(name)[2:]], axis=0)
        for name in spoken
    }
    for name, sound in spoken.items():
        own = encoder.embed(sound)
        others = [other for other in readers if other != name]
        assert all(own @ readers[name] > own @ readers[other] for other in others)
