"""Sentences read aloud by a voice, as waveforms to be measured."""

from collections.abc import Sequence

import numpy as np

from voicehub.audio.waveform import Waveform
from voicehub.evaluation.mandarin import ChineseSentence
from voicehub.model.base import Base
from voicehub.model.voice import VoiceModel
from voicehub.synthesis.speak import Speaker, SpeakOptions, speak
from voicehub.text.frontend import Frontend


def read_aloud(base: Base, voice: VoiceModel, texts: Sequence[str]) -> list[Waveform]:
    """Return each of ``texts`` spoken; capitals, as corpora write, are read as words and not as letters."""
    frontend = Frontend()
    spoken = []
    for text in texts:
        parts = speak(base, voice, text.lower(), SpeakOptions(), frontend)
        spoken.append(Waveform(np.concatenate([part.samples for part in parts])))
    return spoken


def read_chinese(
    base: Base, voice: VoiceModel, sentences: Sequence[ChineseSentence]
) -> list[Waveform]:
    """Return each of ``sentences`` spoken."""
    speaker = Speaker(base, voice)
    return [speaker.sentence(sentence.phonemes, SpeakOptions()) for sentence in sentences]
