"""A long recording cut into utterances, with every bit of speech in exactly one of them."""

import numpy as np

from voicehub.audio.activity import speech_spans
from voicehub.audio.measure import FRAME_SECONDS, frame_power
from voicehub.audio.waveform import Waveform
from voicehub.errors import SettingsError

Span = tuple[float, float]  # start and end in seconds

_MARGIN_SECONDS = 0.05  # of pause kept around speech
_JOIN_SECONDS = 1.0  # a stretch too short to stand alone joins a neighbour not further than this
_SMOOTH_FRAMES = 5  # 0.1 s: a cut needs more than one quiet frame


def cut_utterances(
    waveform: Waveform, min_seconds: float = 1.0, max_seconds: float = 12.0
) -> list[Waveform]:
    """Return the utterances of ``waveform`` in order; empty where there is no speech.

    Speech without a pause that lasts longer than ``max_seconds`` is cut where it is quietest. An
    utterance is shorter than ``min_seconds`` only where the recording has no room around it.
    """
    rate = waveform.sample_rate
    return [
        Waveform(
            waveform.samples[round(start * rate) : round(end * rate)].copy(),
            rate,
            waveform.source_rate,
        )
        for start, end in utterance_spans(waveform, min_seconds, max_seconds)
    ]


def utterance_spans(
    waveform: Waveform, min_seconds: float = 1.0, max_seconds: float = 12.0
) -> list[Span]:
    """Return where `cut_utterances` cuts, in seconds, in order and without overlap."""
    if not 0 < 2 * min_seconds <= max_seconds:
        raise SettingsError(
            f"need 0 < 2 * min_seconds <= max_seconds, got {min_seconds:g} and {max_seconds:g}"
        )
    heard = speech_spans(waveform)
    if not heard:
        return []
    spans = _with_margin(heard, _MARGIN_SECONDS, waveform.seconds)
    pieces = [
        piece
        for span in _join_short(spans, min_seconds, max_seconds)
        for piece in _split_long(waveform, span, min_seconds, max_seconds)
    ]
    return _stretch_short(pieces, min_seconds, waveform.seconds)


def _with_margin(spans: list[Span], margin: float, seconds: float) -> list[Span]:
    """Widen each span by ``margin``, or by half of what lies between it and its neighbour."""
    starts = [0.0, *(end for _, end in spans[:-1])]
    ends = [*(start for start, _ in spans[1:]), seconds]
    return [
        (
            max(start - margin, (start + before) / 2 if index else 0.0),
            min(end + margin, (end + after) / 2 if index < len(spans) - 1 else seconds),
        )
        for index, ((start, end), before, after) in enumerate(zip(spans, starts, ends, strict=True))
    ]


def _join_short(spans: list[Span], min_seconds: float, max_seconds: float) -> list[Span]:
    """Join spans shorter than ``min_seconds`` to the next or the last, where near enough."""
    joined: list[Span] = []
    for start, end in spans:
        if joined:
            last_start, last_end = joined[-1]
            short = min(end - start, last_end - last_start) < min_seconds
            if short and start - last_end <= _JOIN_SECONDS and end - last_start <= max_seconds:
                joined[-1] = (last_start, end)
                continue
        joined.append((start, end))
    return joined


def _split_long(
    waveform: Waveform, span: Span, min_seconds: float, max_seconds: float
) -> list[Span]:
    """Halve ``span`` at the quietest place of its middle until no part is too long."""
    start, end = span
    if end - start <= max_seconds:
        return [span]
    edge = max(min_seconds, (end - start) / 4)
    cut = _quietest(waveform, start + edge, end - edge)
    halves = ((start, cut), (cut, end))
    return [p for half in halves for p in _split_long(waveform, half, min_seconds, max_seconds)]


def _quietest(waveform: Waveform, start: float, end: float) -> float:
    """Return the time between ``start`` and ``end`` around which the least power lies."""
    rate = waveform.sample_rate
    first = int(start * rate)
    part = Waveform(waveform.samples[first : int(end * rate)], rate)
    power = frame_power(part)
    smooth = np.convolve(power, np.ones(_SMOOTH_FRAMES), "valid")
    if not len(smooth):
        return (start + end) / 2
    return first / rate + (int(smooth.argmin()) + _SMOOTH_FRAMES / 2) * FRAME_SECONDS


def _stretch_short(spans: list[Span], min_seconds: float, seconds: float) -> list[Span]:
    """Give spans shorter than ``min_seconds`` more of the pauses beside them."""
    stretched: list[Span] = []
    for index, (start, end) in enumerate(spans):
        missing = min_seconds - (end - start)
        if missing > 0:
            floor = stretched[-1][1] if stretched else 0.0
            ceiling = spans[index + 1][0] if index + 1 < len(spans) else seconds
            start = max(floor, start - missing / 2)
            end = min(ceiling, start + min_seconds)
            start = max(floor, min(start, end - min_seconds))
        stretched.append((start, end))
    return stretched
