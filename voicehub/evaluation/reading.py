"""Sentences read aloud by a voice, as waveforms to be measured."""

from collections.abc import Sequence

import numpy as np

from voicehub.audio.waveform import Waveform
from voicehub.evaluation.mandarin import ChineseSentence
from voicehub.model.base import Base
from voicehub.model.voice import VoiceModel
from voicehub.synthesis.speak import Speaker, SpeakOptions
from voicehub.text.frontend import Frontend


def read_aloud(
    base: Base, voice: VoiceModel, texts: Sequence[str], options: SpeakOptions | None = None
) -> list[Waveform]:
    """Return each of ``texts`` spoken; capitals, as corpora write, are read as words and not as letters."""
    speaker, frontend, options = Speaker(base, voice), Frontend(), options or SpeakOptions()
    spoken = []
    for text in texts:
        parts = [
            speaker.sentence(sentence.phonemes, options, number)
            for number, sentence in enumerate(frontend.sentences(text.lower()))
        ]
        spoken.append(Waveform(np.concatenate([part.samples for part in parts])))
    return spoken


def read_chinese(
    base: Base, voice: VoiceModel, sentences: Sequence[ChineseSentence]
) -> list[Waveform]:
    """Return each of ``sentences`` spoken."""
    speaker = Speaker(base, voice)
    return [speaker.sentence(sentence.phonemes, SpeakOptions()) for sentence in sentences]
