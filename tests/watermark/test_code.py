"""The code of the payload: what it bears, and when its checksum speaks."""

import numpy as np

from voicehub.watermark.code import CODED_BITS, decode, encode


def test_every_coded_bit_is_one_or_minus_one_and_payloads_differ_in_many() -> None:
    words = [encode(payload) for payload in (0, 1, 2, 0x8000_0000, 0xFFFF_FFFF)]
    assert all(set(np.unique(np.abs(word))) == {1.0} for word in words)
    distances = [
        int((first != second).sum()) for k, first in enumerate(words) for second in words[:k]
    ]
    assert min(distances) >= 10


def test_decoding_undoes_encoding_also_with_flipped_and_missing_bits() -> None:
    random = np.random.default_rng(0)
    for payload in (0, 0xFFFF_FFFF, 0x1234_5678):
        soft = encode(payload)
        assert decode(soft) == (payload, True)
        soft[::13] *= -1
        soft[5::17] = 0
        assert decode(soft) == (payload, True)
        noisy = encode(payload) + random.normal(0, 0.55, CODED_BITS)
        assert decode(noisy.astype(np.float32)) == (payload, True)


def test_the_checksum_rarely_holds_by_chance() -> None:
    random = np.random.default_rng(1)
    noise = random.normal(0, 1, (100, CODED_BITS)).astype(np.float32)
    assert sum(decode(soft)[1] for soft in noise) <= 1
