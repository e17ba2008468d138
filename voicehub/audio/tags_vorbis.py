"""Vorbis comments, as FLAC holds them in a block and Ogg in its second packet."""

import struct
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import BinaryIO

from voicehub.audio.bytewise import copied, exactly

_MAX_BYTES = 2**22  # of comments, or of the headers of a stream
_NAME = "AIGC"
_MAX_COMMENTS = 10_000
_COMMENT_BLOCK = 4  # of FLAC
_CONTINUED, _GRANULE_NONE = 1, 2**64 - 1
_STARTS = {b"\x03vorbis": (3, b"\x01"), b"OpusTags": (2, b"")}  # packets of headers, framing


def labelled_flac(file: BinaryIO, text: str) -> Iterator[bytes]:
    """Yield the file with ``text`` among its comments."""
    blocks, sound = _flac_blocks(file)
    vendor, comments = b"VoiceHub", list[bytes]()
    others = []
    for kind, body in blocks:
        if kind == _COMMENT_BLOCK:
            vendor, comments = _comments(body)
        else:
            others.append((kind, body))
    block = (_COMMENT_BLOCK, _packed(vendor, [*_others(comments), _entry(text)]))
    all_blocks = [others[0], block, *others[1:]]  # the stream's own description comes first
    yield b"fLaC"
    for number, (kind, body) in enumerate(all_blocks):
        last = 0x80 if number == len(all_blocks) - 1 else 0
        yield struct.pack(">I", (kind | last) << 24 | len(body)) + body
    yield from copied(file, sound)


def labels_of_flac(file: BinaryIO) -> list[str]:
    """Return the comments called AIGC."""
    blocks, _ = _flac_blocks(file)
    return [
        text
        for kind, body in blocks
        if kind == _COMMENT_BLOCK
        for text in _labels(_comments(body)[1])
    ]


def _flac_blocks(file: BinaryIO) -> tuple[list[tuple[int, bytes]], int]:
    """Return the blocks before the sound, and where that begins."""
    if exactly(file, 4) != b"fLaC":
        raise ValueError("a FLAC file begins with fLaC")
    blocks, total, last = list[tuple[int, bytes]](), 0, False
    while not last:
        (head,) = struct.unpack(">I", exactly(file, 4))
        last, kind, length = bool(head >> 31), head >> 24 & 0x7F, head & 0xFFFFFF
        total += length
        if total > 4 * _MAX_BYTES:
            raise ValueError("there is more before the sound than is read")
        blocks.append((kind, exactly(file, length)))
    return blocks, file.tell()


def labelled_ogg(file: BinaryIO, text: str) -> Iterator[bytes]:
    """Yield the file with ``text`` among its comments; pages of sound get new numbers if need be."""
    packets, serial, n_pages, first, sound = _headers(file)
    start, framing = _kind_of(packets[1])
    vendor, comments = _comments(packets[1][len(start) :])
    packets[1] = start + _packed(vendor, [*_others(comments), _entry(text)]) + framing
    pages = list(_pages(packets[1:], serial))
    yield from copied(file, 0, first)
    yield from pages
    if len(pages) == n_pages:
        yield from copied(file, sound)
        return
    file.seek(sound)
    while head := file.read(27):
        segments = exactly(file, head[26])
        body = exactly(file, sum(segments))
        (number,) = struct.unpack_from("<I", head, 18)
        moved = head[:18] + struct.pack("<I", number + len(pages) - n_pages) + bytes(4) + head[26:]
        yield _with_checksum(moved + segments + body)


def labels_of_ogg(file: BinaryIO) -> list[str]:
    """Return the comments called AIGC of the first stream."""
    packets, *_ = _headers(file)
    start, _ = _kind_of(packets[1])
    return _labels(_comments(packets[1][len(start) :])[1])


def _headers(file: BinaryIO) -> tuple[list[bytes], int, int, int, int]:
    """Return the header packets and where they lie.

    After them come the stream's serial number, how many pages of headers follow the first one,
    where the first ends, and where the sound begins.
    """
    packets, current, wanted = list[bytes](), b"", 2
    n_pages, first, serial = -1, 0, 0
    while len(packets) < wanted:
        head = exactly(file, 27)
        if head[:4] != b"OggS":
            raise ValueError("an Ogg page begins with OggS")
        (serial,) = struct.unpack_from("<I", head, 14)
        for length in exactly(file, head[26]):
            current += exactly(file, length)
            if len(current) > _MAX_BYTES:
                raise ValueError("the headers are longer than is read")
            if length < 255:
                packets.append(current)
                current = b""
        n_pages += 1
        first = first or file.tell()
        if len(packets) > 1:
            wanted = _STARTS[_kind_of(packets[1])[0]][0]
    if current or len(packets) > wanted:
        raise ValueError("the sound does not begin on a page of its own")
    return packets, serial, n_pages, first, file.tell()


def _kind_of(packet: bytes) -> tuple[bytes, bytes]:
    """Return how a packet of comments begins and ends."""
    for start, (_, framing) in _STARTS.items():
        if packet.startswith(start):
            return start, framing
    raise ValueError("the stream is neither Vorbis nor Opus")


def _pages(packets: Sequence[bytes], serial: int) -> Iterator[bytes]:
    """Yield the pages that hold ``packets``, numbered from 1."""
    lacing = b"".join(b"\xff" * (len(p) // 255) + bytes([len(p) % 255]) for p in packets)
    body, place, continued = b"".join(packets), 0, False
    for number, start in enumerate(range(0, len(lacing), 255), start=1):
        segments = lacing[start : start + 255]
        length = sum(segments)
        ends = any(each < 255 for each in segments)
        head = struct.pack(
            "<4sBBQIIIB", b"OggS", 0, _CONTINUED if continued else 0,
            0 if ends else _GRANULE_NONE, serial, number, 0, len(segments),
        )  # fmt: skip
        yield _with_checksum(head + segments + body[place : place + length])
        place += length
        continued = segments[-1] == 255


def _with_checksum(page: bytes) -> bytes:
    checksum, table = 0, _checksums()
    for byte in page:
        checksum = (checksum << 8 & 0xFFFFFFFF) ^ table[checksum >> 24 ^ byte]
    return page[:22] + struct.pack("<I", checksum) + page[26:]


@lru_cache(maxsize=1)
def _checksums() -> tuple[int, ...]:
    """Return the table of Ogg's CRC: polynomial 0x04c11db7, the highest bit first."""
    table = []
    for byte in range(256):
        value = byte << 24
        for _ in range(8):
            value = (value << 1 & 0xFFFFFFFF) ^ (0x04C11DB7 if value >> 31 else 0)
        table.append(value)
    return tuple(table)


def _comments(data: bytes) -> tuple[bytes, list[bytes]]:
    """Return the vendor and the comments; raise ``ValueError`` where they are cut off."""
    vendor, place = _string(data, 0)
    count, place = _number(data, place), place + 4
    comments = []
    for _ in range(min(count, _MAX_COMMENTS)):
        comment, place = _string(data, place)
        comments.append(comment)
    return vendor, comments


def _string(data: bytes, place: int) -> tuple[bytes, int]:
    """Return the string that begins at ``place`` with its length, and where it ends."""
    start = place + 4
    end = start + _number(data, place)
    if end > len(data):
        raise ValueError("a comment is cut off")
    return data[start:end], end


def _number(data: bytes, place: int) -> int:
    if place + 4 > len(data):
        raise ValueError("the comments are cut off")
    return int.from_bytes(data[place : place + 4], "little")


def _packed(vendor: bytes, comments: Sequence[bytes]) -> bytes:
    entries = b"".join(struct.pack("<I", len(each)) + each for each in comments)
    return struct.pack("<I", len(vendor)) + vendor + struct.pack("<I", len(comments)) + entries


def _entry(text: str) -> bytes:
    return f"{_NAME}={text}".encode()


def _others(comments: Sequence[bytes]) -> list[bytes]:
    return [each for each in comments if not _is_label(each)]


def _labels(comments: Sequence[bytes]) -> list[str]:
    return [
        each.partition(b"=")[2].decode("utf-8", "replace") for each in comments if _is_label(each)
    ]


def _is_label(comment: bytes) -> bool:
    return comment.partition(b"=")[0].strip().upper() == _NAME.encode()
