"""The AIGC label within audio files: written exactly once, read from anybody's file."""

import os
import re
import secrets
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

from voicehub.audio import tags_id3, tags_riff, tags_vorbis
from voicehub.audio.formats import FLAC, HEAD_BYTES, MP3, OGG, TAGGED, WAV, Format, sniff
from voicehub.errors import AudioError

_SEARCHED_BYTES = 2**20  # at either end of a container whose structure is not known here
_LABEL = re.compile(rb'\{\s*"AIGC"\s*:\s*\{[^{}]{0,4000}\}\s*\}')

Rewrite = Callable[[BinaryIO, str], Iterator[bytes]]
Find = Callable[[BinaryIO], list[str]]
_WRITERS: dict[Format, Rewrite] = {
    WAV: tags_riff.labelled,
    FLAC: tags_vorbis.labelled_flac,
    OGG: tags_vorbis.labelled_ogg,
    MP3: tags_id3.labelled,
    TAGGED: tags_id3.labelled,
}
_READERS: dict[Format, Find] = {
    WAV: tags_riff.labels,
    FLAC: tags_vorbis.labels_of_flac,
    OGG: tags_vorbis.labels_of_ogg,
    MP3: tags_id3.labels,
    TAGGED: tags_id3.labels,
}


def write_label(path: Path, text: str) -> None:
    """Put an AIGC label into a WAV, FLAC, Ogg, Opus or MP3 file in place of any that it bears.

    WAV holds it as comment (RIFF INFO ``ICMT``), MP3 as ID3 ``TXXX:AIGC``, the others as Vorbis
    comment ``AIGC``. The sound is copied as it is, in constant memory. Raises ``AudioError``.
    """
    partial = path.with_name(f".{secrets.token_hex(8)}.part")
    try:
        with path.open("rb") as source:
            kind = sniff(source.read(HEAD_BYTES))
            if kind not in _WRITERS:
                raise AudioError(f"{path.name} is of a format that cannot bear a label")
            source.seek(0)
            with partial.open("xb") as target:
                target.writelines(_WRITERS[kind](source, text))
        os.replace(partial, path)
    except (OSError, ValueError) as error:
        raise AudioError(f"{path.name} cannot be labelled: {error}") from error
    finally:
        partial.unlink(missing_ok=True)


def read_labels(path: Path) -> list[str]:
    """Return every AIGC label that a file bears, as text; a file that is damaged bears none."""
    try:
        with path.open("rb") as file:
            kind = sniff(file.read(HEAD_BYTES))
            file.seek(0)
            try:
                found = _READERS[kind](file) if kind in _READERS else []
            except (ValueError, EOFError):
                found = []
            return found or _searched(file)
    except OSError as error:
        raise AudioError(f"{path.name} cannot be read: {error.strerror or error}") from error


def _searched(file: BinaryIO) -> list[str]:
    """Return what looks like a label near either end of a container that is not taken apart."""
    size = file.seek(0, os.SEEK_END)
    found: dict[str, None] = {}
    for start in (0, max(0, size - _SEARCHED_BYTES)):
        file.seek(start)
        for match in _LABEL.finditer(file.read(_SEARCHED_BYTES)):
            found[match[0].decode("utf-8", "replace")] = None
    return list(found)
