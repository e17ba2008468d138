"""The hash by which the log knows a piece of speech: that of its 16-bit samples, without loss."""

import hashlib
from pathlib import Path

import soundfile

from voicehub.audio.decode import BLOCK
from voicehub.audio.waveform import SAMPLE_RATE
from voicehub.errors import AudioError

_WITHOUT_LOSS = ("WAV", "FLAC")


def pcm_sha256(path: Path) -> str | None:
    """Return the hash of the samples; None of a file that no longer holds them as they were made.

    Raises ``AudioError`` where the file is no audio.
    """
    try:
        with soundfile.SoundFile(path) as file:
            made_here = (file.samplerate, file.channels, file.subtype) == (SAMPLE_RATE, 1, "PCM_16")
            if file.format not in _WITHOUT_LOSS or not made_here:
                return None
            digest = hashlib.sha256()
            for block in file.blocks(BLOCK, dtype="int16"):
                digest.update(block.astype("<i2").tobytes())
            return digest.hexdigest()
    except (soundfile.SoundFileError, OSError) as error:
        raise AudioError(f"{path.name} cannot be read as audio: {error}") from error
