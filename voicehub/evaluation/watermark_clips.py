"""The speech that the mark is measured on: natural recordings and what the base checkpoint says."""

import random
from collections.abc import Iterator, Sequence

import numpy as np

from voicehub.audio.activity import speech_spans
from voicehub.audio.files import read_audio
from voicehub.audio.waveform import SAMPLE_RATE, Waveform
from voicehub.errors import InputError, TextError
from voicehub.model.base import Base
from voicehub.synthesis.speak import Speaker, SpeakOptions
from voicehub.text.frontend import Frontend
from voicehub.training.finetune import zero_shot_voice
from voicehub.training.manifest import Entry
from voicehub.training.split import BENCHMARK_SPEAKERS

SPEECH_SECONDS = 3.0  # of each clip
_LONGEST_SECONDS = 10.0
_REFERENCES = 3  # recordings behind each voice


def natural_utterances(entries: Sequence[Entry], seed: int) -> Iterator[Waveform]:
    """Yield up to ten seconds of each recording that is long enough, corpora in turn, in random order."""
    random_order = random.Random(seed)
    by_corpus: dict[str, list[Entry]] = {}
    for entry in entries:
        if entry.seconds >= SPEECH_SECONDS:
            by_corpus.setdefault(entry.corpus, []).append(entry)
    queues = [by_corpus[name] for name in sorted(by_corpus)]
    for queue in queues:
        random_order.shuffle(queue)
    while queues:
        for queue in queues:
            yield read_audio(queue.pop().path, max_seconds=_LONGEST_SECONDS)
        queues = [queue for queue in queues if queue]


def neural_utterances(base: Base, entries: Sequence[Entry], seed: int) -> Iterator[Waveform]:
    """Yield sentences of the corpus said by voices of the benchmark's speakers, voices in turn.

    Raises ``InputError`` where the manifest lacks speakers or texts.
    """
    speakers = [_voice(base, entries, name) for name in BENCHMARK_SPEAKERS]
    frontend = Frontend()
    texts = sorted({entry.text for entry in entries if entry.text and entry.seconds >= 4.0})
    random.Random(seed).shuffle(texts)
    if not texts:
        raise InputError("the manifest holds no texts of recordings of four seconds or more")
    for number, text in enumerate(texts):
        speaker = speakers[number % len(speakers)]
        try:
            first = next(iter(frontend.sentences(text)))
            spoken = speaker.sentence(first.phonemes, SpeakOptions(seed=number))
        except TextError:
            continue
        if spoken.seconds >= SPEECH_SECONDS:
            yield cut(spoken, 0.0, _LONGEST_SECONDS)


def _voice(base: Base, entries: Sequence[Entry], name: str) -> Speaker:
    own = [entry for entry in entries if entry.speaker == name][:_REFERENCES]
    if not own:
        raise InputError(f"the manifest has no speaker {name}")
    return Speaker(base, zero_shot_voice(base, [read_audio(entry.path) for entry in own]))


def three_seconds_of_speech(waveform: Waveform) -> Waveform | None:
    """Return the beginning of ``waveform`` with that much speech in it, pauses not counted, or None."""
    left = SPEECH_SECONDS
    spans = speech_spans(waveform)
    for start, end in spans:
        if end - start >= left:
            return cut(waveform, spans[0][0], start + left)
        left -= end - start
    return None


def cut(waveform: Waveform, start: float, end: float) -> Waveform:
    """Return the part from ``start`` to ``end`` seconds."""
    first, last = int(start * SAMPLE_RATE), int(end * SAMPLE_RATE)
    samples = np.ascontiguousarray(waveform.samples[first:last])
    return Waveform(samples, waveform.sample_rate, waveform.source_rate)
