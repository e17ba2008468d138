"""The code of the payload: a checksum, then a convolutional code that soft bits are decoded with."""

import zlib
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

PAYLOAD_BITS = 32
CHECK_BITS = 12
MESSAGE_BITS = PAYLOAD_BITS + CHECK_BITS
_GENERATORS = (0o561, 0o753)  # rate 1/2, constraint length 9, free distance 12
_MEMORY = 8
_STATES = 1 << _MEMORY
CODED_BITS = MESSAGE_BITS * len(_GENERATORS)


def encode(payload: int) -> NDArray[np.float32]:
    """Return the coded bits (CODED_BITS,) of ``payload`` as -1 and 1; the code bites its tail."""
    message = _message(payload)
    state = 0
    for bit in message[-_MEMORY:]:
        state = (state << 1 | int(bit)) & (_STATES - 1)
    coded: list[int] = []
    for bit in message:
        register = state << 1 | int(bit)
        coded += [(register & generator).bit_count() & 1 for generator in _GENERATORS]
        state = register & (_STATES - 1)
    return np.array(coded, np.float32) * 2 - 1


def decode(soft: NDArray[np.float32]) -> tuple[int, bool]:
    """Return the likeliest payload of soft bits (CODED_BITS,), and whether its checksum holds."""
    message = _viterbi(soft)
    payload = int("".join(map(str, message[:PAYLOAD_BITS])), 2)
    return payload, bool((_message(payload) == message).all())


def _message(payload: int) -> NDArray[np.int64]:
    check = zlib.crc32(payload.to_bytes(PAYLOAD_BITS // 8, "big")) & ((1 << CHECK_BITS) - 1)
    whole = payload << CHECK_BITS | check
    return np.array([whole >> shift & 1 for shift in reversed(range(MESSAGE_BITS))])


@lru_cache(maxsize=1)
def _trellis() -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Return the two predecessors (states, 2) and the signs (states, 2, outputs) of the steps from them."""
    state = np.arange(_STATES)
    earlier = np.stack([state >> 1, state >> 1 | _STATES >> 1], 1)
    register = earlier << 1 | (state & 1)[:, None]
    parity = [
        np.vectorize(lambda value, g=generator: (int(value) & g).bit_count() & 1)(register)
        for generator in _GENERATORS
    ]
    return earlier, (np.stack(parity, 2) * 2 - 1).astype(np.float32)


def _viterbi(soft: NDArray[np.float32]) -> NDArray[np.int64]:
    """Return the message bits of the best path; three turns around settle where it begins."""
    earlier, signs = _trellis()
    steps = np.tile(soft.reshape(MESSAGE_BITS, -1), (3, 1))
    score = np.zeros(_STATES, np.float32)
    choices = np.empty((len(steps), _STATES), np.int64)
    for number, step in enumerate(steps):
        options = score[earlier] + signs @ step
        choices[number] = options.argmax(1)
        score = options.max(1)
    state = int(score.argmax())
    bits = np.empty(len(steps), np.int64)
    for number in reversed(range(len(steps))):
        bits[number] = state & 1
        state = int(earlier[state, choices[number, state]])
    return bits[MESSAGE_BITS : 2 * MESSAGE_BITS]
