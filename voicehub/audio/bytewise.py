"""Reading containers byte by byte: exactly so much, or an error; copying without holding it all."""

import os
from collections.abc import Iterator
from typing import BinaryIO

_BLOCK_BYTES = 65_536


def exactly(file: BinaryIO, count: int) -> bytes:
    """Return the next ``count`` bytes; raise ``EOFError`` where the file ends before."""
    data = file.read(count)
    if len(data) != count:
        raise EOFError(f"{count} bytes were expected and {len(data)} are there")
    return data


def size_of(file: BinaryIO) -> int:
    """Return the length of a file in bytes; it stays where it is."""
    here = file.tell()
    size = file.seek(0, os.SEEK_END)
    file.seek(here)
    return size


def copied(file: BinaryIO, start: int, count: int | None = None) -> Iterator[bytes]:
    """Yield ``count`` bytes from ``start``, or all that follow, in blocks."""
    file.seek(start)
    left = size_of(file) - start if count is None else count
    while left > 0:
        block = exactly(file, min(left, _BLOCK_BYTES))
        left -= len(block)
        yield block
