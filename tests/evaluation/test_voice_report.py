"""The watermark test of a voice reads what can be read, and no more."""

from collections.abc import Callable
from pathlib import Path

from voicehub.audio.files import read_audio
from voicehub.evaluation.voice_report import watermark_shares


def test_the_mark_is_read_in_speech_and_not_in_a_snippet(clip: Callable[..., Path]) -> None:
    speech, snippet = (read_audio(clip(seconds)) for seconds in (4, 0.4))
    assert watermark_shares([speech])["watermark_found"] == 1.0
    assert watermark_shares([snippet])["watermark_found"] == 0.0
    shares = watermark_shares([speech, snippet])
    assert shares["watermark_found"] == 0.5
    assert shares["watermark_survived"] == 0.5
