"""Voice activity: where speech is, by Silero VAD, whose model is in its package."""

from functools import lru_cache
from threading import Lock
from typing import Any

from voicehub.audio.resample import resample
from voicehub.audio.waveform import Waveform

_RATE = 16_000  # Hz, what the detector was trained on


@lru_cache(maxsize=1)
def _detector() -> tuple[Any, Lock]:
    """Return the detector and the lock around it: it carries state from one call to the next."""
    from silero_vad import load_silero_vad

    return load_silero_vad(onnx=True), Lock()


def speech_spans(waveform: Waveform, min_silence_seconds: float = 0.3) -> list[tuple[float, float]]:
    """Return the (start, end) of each stretch of speech in seconds, in order."""
    import torch
    from silero_vad import get_speech_timestamps

    samples = torch.from_numpy(resample(waveform.samples, waveform.sample_rate, _RATE))
    detector, lock = _detector()
    with lock:
        spans = get_speech_timestamps(
            samples,
            detector,
            sampling_rate=_RATE,
            min_silence_duration_ms=int(min_silence_seconds * 1000),
            speech_pad_ms=60,
        )
    return [(span["start"] / _RATE, span["end"] / _RATE) for span in spans]


def trim_silence(waveform: Waveform, margin_seconds: float = 0.1) -> Waveform:
    """Cut what lies before the first and after the last speech; unchanged where none is found."""
    spans = speech_spans(waveform)
    if not spans:
        return waveform
    start = int(max(0.0, spans[0][0] - margin_seconds) * waveform.sample_rate)
    end = int((spans[-1][1] + margin_seconds) * waveform.sample_rate)
    return Waveform(waveform.samples[start:end].copy(), waveform.sample_rate, waveform.source_rate)
