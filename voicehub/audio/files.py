"""Audio files in and out: bounded decoding to a checked mono 24 kHz waveform."""

from pathlib import Path

import numpy as np
import soundfile

from voicehub.audio.resample import resample
from voicehub.audio.waveform import SAMPLE_RATE, Waveform
from voicehub.errors import AudioError


def read_audio(path: Path, max_seconds: float = 3600.0) -> Waveform:
    """Decode ``path`` to mono 24 kHz; raise ``AudioError`` when it cannot be used."""
    try:
        with soundfile.SoundFile(path) as file:
            rate = file.samplerate
            samples = file.read(int(max_seconds * rate), dtype="float32", always_2d=True)
    except soundfile.SoundFileError as error:
        raise AudioError(f"{path.name} cannot be read as audio") from error
    mono = samples.mean(axis=1, dtype=np.float32)
    return Waveform(resample(mono, rate, SAMPLE_RATE), source_rate=rate)


def write_audio(path: Path, waveform: Waveform) -> None:
    """Write ``waveform`` in the format that the suffix of ``path`` names."""
    soundfile.write(path, waveform.samples, waveform.sample_rate)
