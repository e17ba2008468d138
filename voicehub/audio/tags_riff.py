"""Comments of WAV files: the chunk LIST INFO with ICMT, as the RIFF specification has it."""

import struct
from collections.abc import Iterator
from typing import BinaryIO

from voicehub.audio.bytewise import copied, exactly, size_of

_MAX_LIST_BYTES = 2**20
_COMMENT = b"ICMT"
_MARK = '"AIGC"'


def labelled(file: BinaryIO, text: str) -> Iterator[bytes]:
    """Yield the file with ``text`` as its comment, at its end; other chunks stay as they are."""
    if exactly(file, 12)[:4] != b"RIFF":
        raise ValueError("only RIFF files up to 4 GB can be labelled")
    kept: list[tuple[int, int]] = []
    info: list[tuple[bytes, bytes]] = []
    for name, start, length in _chunks(file):
        entries = _info(file, name, start, length)
        if entries is None:
            kept.append((start - 8, 8 + length + length % 2))
        else:
            info += [each for each in entries if each[0] != _COMMENT]
    info.append((_COMMENT, text.encode("ascii") + b"\0"))
    added = b"INFO" + b"".join(_chunk(name, value) for name, value in info)
    added = _chunk(b"LIST", added)
    total = 4 + sum(length for _, length in kept) + len(added)
    yield struct.pack("<4sI4s", b"RIFF", total, b"WAVE")
    for start, length in kept:
        yield from copied(file, start, length)
    yield added


def labels(file: BinaryIO) -> list[str]:
    """Return the comments that are AIGC labels."""
    exactly(file, 12)
    found = []
    for name, start, length in _chunks(file):
        for kind, value in _info(file, name, start, length) or ():
            said = value.split(b"\0")[0].decode("utf-8", "replace")
            if kind == _COMMENT and _MARK in said:
                found.append(said)
    return found


def _chunks(file: BinaryIO) -> Iterator[tuple[bytes, int, int]]:
    """Yield name, start and length of each chunk; the last may claim more than there is."""
    place, end = 12, size_of(file)
    while place + 8 <= end:
        file.seek(place)
        name, length = struct.unpack("<4sI", exactly(file, 8))
        start = place + 8
        length = min(length, end - start)
        yield name, start, length
        place = start + length + length % 2


def _info(file: BinaryIO, name: bytes, start: int, length: int) -> list[tuple[bytes, bytes]] | None:
    """Return the entries of a LIST INFO chunk, None for any other."""
    if name != b"LIST" or not 4 <= length <= _MAX_LIST_BYTES:
        return None
    file.seek(start)
    data = exactly(file, length)
    if data[:4] != b"INFO":
        return None
    entries, place = [], 4
    while place + 8 <= len(data):
        kind, size = struct.unpack_from("<4sI", data, place)
        entries.append((kind, data[place + 8 : place + 8 + size]))
        place += 8 + size + size % 2
    return entries


def _chunk(name: bytes, value: bytes) -> bytes:
    return struct.pack("<4sI", name, len(value)) + value + b"\0" * (len(value) % 2)
