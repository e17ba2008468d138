"""The tag before an MP3's sound: ID3 version 2.4 with a user's text frame, ``TXXX:AIGC``."""

from collections.abc import Iterator
from typing import BinaryIO

from voicehub.audio.bytewise import copied, exactly

_MAX_TAG_BYTES = 2**22
_NAME = b"AIGC"
_LATIN_1 = b"\0"
_CODECS = ("latin-1", "utf-16", "utf-16-be", "utf-8")


def labelled(file: BinaryIO, text: str) -> Iterator[bytes]:
    """Yield the file with ``text`` in its tag; other frames of a tag of version 2.4 stay."""
    version, frames, sound = _tag(file)
    kept = b"".join(
        _frame(name, flags, body)
        for name, flags, body in frames
        if version == 4 and not _is_label(name, body)
    )
    body = _LATIN_1 + _NAME + b"\0" + text.encode("ascii")
    tag = kept + _frame(b"TXXX", b"\0\0", body)
    yield b"ID3\x04\0\0" + _syncsafe(len(tag)) + tag
    yield from copied(file, sound)


def labels(file: BinaryIO) -> list[str]:
    """Return the texts of the frames ``TXXX:AIGC``."""
    _, frames, _ = _tag(file)
    return [_described(body)[1] for name, _, body in frames if _is_label(name, body)]


def _tag(file: BinaryIO) -> tuple[int, list[tuple[bytes, bytes, bytes]], int]:
    """Return the version of a tag, its frames (name, flags, body), and where the sound begins."""
    head = file.read(10)
    if head[:3] != b"ID3" or len(head) < 10:
        return 0, [], 0
    version, flags, size = head[3], head[5], _number(head[6:10], 7)
    if size > _MAX_TAG_BYTES:
        raise ValueError(f"the tag claims {size} bytes, more than is read")
    data = exactly(file, size)
    sound = 10 + size + (10 if flags & 0x10 else 0)
    if version not in (3, 4) or flags & 0xC0:  # unsynchronised, or with an extended header
        return version, [], sound
    return version, list(_frames(data, 7 if version == 4 else 8)), sound


def _frames(data: bytes, bits: int) -> Iterator[tuple[bytes, bytes, bytes]]:
    place = 0
    while place + 10 <= len(data) and data[place] != 0:  # padding is zeros
        size = _number(data[place + 4 : place + 8], bits)
        body = data[place + 10 : place + 10 + size]
        yield data[place : place + 4], data[place + 8 : place + 10], body
        place += 10 + size


def _is_label(name: bytes, body: bytes) -> bool:
    return name == b"TXXX" and _described(body)[0].strip().upper() == _NAME.decode()


def _described(body: bytes) -> tuple[str, str]:
    """Return description and text of a frame of the user's own."""
    codec = _CODECS[body[0]] if body and body[0] < len(_CODECS) else "latin-1"
    said = body[1:].decode(codec, "replace")
    description, _, text = said.partition("\0")
    return description, text.strip("\0\ufeff")


def _frame(name: bytes, flags: bytes, body: bytes) -> bytes:
    return name + _syncsafe(len(body)) + flags + body


def _syncsafe(number: int) -> bytes:
    return bytes(number >> shift & 0x7F for shift in (21, 14, 7, 0))


def _number(data: bytes, bits: int) -> int:
    """Return a size whose bytes hold ``bits`` bits each."""
    number = 0
    for byte in data:
        number = number << bits | byte & (2**bits - 1)
    return number
