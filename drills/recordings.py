"""What a drill's visitor says: the bundled readers, as files and as what a microphone hears."""

from pathlib import Path

import numpy as np

from voicehub.audio.files import read_audio, write_audio
from voicehub.audio.waveform import Waveform
from voicehub.services.demo import READERS, demo_recordings

__all__ = ["READERS", "clip", "demo_recordings", "speech"]


def speech(path: Path, reader: str, first: int = 0) -> Path:
    """Write all recordings of a reader one after the other, from number ``first`` on, as a WAV file."""
    found = demo_recordings(reader)
    waveforms = [read_audio(each) for each in found[first:] + found[:first]]
    write_audio(path, _joined(waveforms))
    return path


def clip(path: Path, reader: str, number: int, seconds: float) -> Path:
    """Write the first seconds of one recording as a WAV file."""
    whole = read_audio(demo_recordings(reader)[number])
    samples = whole.samples[: int(seconds * whole.sample_rate)]
    write_audio(path, Waveform(samples.copy(), whole.sample_rate))
    return path


def _joined(waveforms: list[Waveform]) -> Waveform:
    samples = np.concatenate([each.samples for each in waveforms])
    return Waveform(samples, waveforms[0].sample_rate)
