"""Real-time factor: seconds of work per second of audio; below 1 is faster than real time."""

import time
from collections.abc import Callable

from voicehub.audio.waveform import Waveform
from voicehub.errors import InputError


def real_time_factor(seconds_spent: float, seconds_of_audio: float) -> float:
    """Return ``seconds_spent`` per second of audio made."""
    if seconds_spent < 0 or seconds_of_audio <= 0:
        raise InputError(
            "a real-time factor needs time >= 0 s and audio > 0 s, "
            f"got {seconds_spent:g} s and {seconds_of_audio:g} s"
        )
    return seconds_spent / seconds_of_audio


def measure_real_time_factors(make: Callable[[], Waveform], repeats: int = 5) -> list[float]:
    """Return the real-time factor of each of ``repeats`` calls of ``make``.

    One more call goes before and is not counted: it fills caches that later calls find filled.
    """
    make()
    factors = []
    for _ in range(repeats):
        start = time.perf_counter()
        waveform = make()
        factors.append(real_time_factor(time.perf_counter() - start, waveform.seconds))
    return factors
