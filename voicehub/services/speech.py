"""The one road to speech: consent is checked for every sentence, and what was made is logged."""

import hashlib
import time
from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from voicehub.audio.files import read_audio
from voicehub.audio.stream import AudioWriter, pcm16
from voicehub.audio.waveform import Waveform
from voicehub.errors import VoiceHubError
from voicehub.model.prosody import SpeakerStats
from voicehub.model.voice import VoiceModel
from voicehub.services.metering import Meter, characters_of
from voicehub.services.names import MAX_TEXT_BYTES, checked_text
from voicehub.services.ownership import own_voice, usable_voice, valid_consent
from voicehub.services.runtime import Runtime
from voicehub.speaker.embedding import EMBEDDING_SIZE
from voicehub.store.records import OPERATOR, Generation, GenerationKind, Voice
from voicehub.store.rows import new_id, now
from voicehub.synthesis.convert import ConvertOptions, convert
from voicehub.synthesis.speak import Speaker, SpeakOptions, speak
from voicehub.text.frontend import Frontend, load_overrides


@dataclass(frozen=True)
class Spoken:
    """What was made: ``first_seconds`` is the wait for the first sound, ``sha256`` its PCM's."""

    voice: str
    path: Path
    seconds: float
    spent_seconds: float
    first_seconds: float
    sha256: str


class SpeechService:
    """Makes speech with a user's own voices and with licensed ones, as long as consents hold.

    The operator, as whom the command line acts, names voices; others give identifiers. ``use_id``
    names what is made: under a licence the same parts of it are charged once.
    """

    def __init__(
        self, runtime: Runtime, user_id: str = OPERATOR, use_id: str | None = None
    ) -> None:
        self.runtime, self.user_id = runtime, user_id
        self.use_id = use_id

    def speak(
        self,
        voice_name: str,
        text: str,
        options: SpeakOptions | None = None,
        overrides: Path | None = None,
        max_bytes: int = MAX_TEXT_BYTES,
    ) -> Generator[Waveform]:
        """Return the sentences of ``text``, each made when it is asked for.

        What cannot be spoken, and a voice that may not speak, is refused at once; a consent that
        is revoked meanwhile ends it at the next sentence with ``ConsentError``.
        """
        checked_text(text, max_bytes)
        voice = self._allowed(voice_name)
        frontend = Frontend(load_overrides(overrides) if overrides else None)
        sentences = frontend.sentences(text)
        speaker = self.runtime.speaker(voice)
        chosen = options or SpeakOptions()
        meter = self._meter(voice, "speak")

        def make() -> Iterator[Waveform]:
            for number, sentence in enumerate(sentences):
                meter.check()
                with self.runtime.turn():
                    waveform = speaker.sentence(sentence.phonemes, chosen, number)
                meter.count(number, len(sentence.text))
                yield waveform

        return self._logged(voice, "speak", make())

    def convert(
        self, voice_name: str, source: Waveform, options: ConvertOptions | None = None
    ) -> Waveform:
        """Return ``source`` spoken by a voice."""
        voice = self._allowed(voice_name)
        model, meter = self.runtime.model(voice), self._meter(voice, "convert")

        def make() -> Iterator[Waveform]:
            meter.check()
            with self.runtime.turn():
                converted = convert(self.runtime.base, model, source, options)
            meter.count(0, characters_of(source.seconds))
            yield converted

        (converted,) = self._logged(voice, "convert", make())
        return converted

    def audition(self, voice: Voice, version: VoiceModel, text: str) -> Waveform:
        """Return ``text`` spoken by a version of one's own ``voice`` that is not its current one."""
        voice = own_voice(self.runtime.store, voice.id, self.user_id)
        speaker = Speaker(self.runtime.base, version)
        sentences = Frontend().sentences(text)

        def make() -> Iterator[Waveform]:
            for number, sentence in enumerate(sentences):
                self.runtime.store.check_consent(voice)
                yield speaker.sentence(sentence.phonemes, SpeakOptions(), number)

        return joined(self._logged(voice, "speak", make()))

    def preview(self, consent_id: str, model: VoiceModel, text: str) -> Waveform:
        """Return ``text`` spoken by a voice that is not kept, under a consent of the user's own.

        The log of speech names voices: what no voice was made for stands in its job alone.
        """
        speaker = Speaker(self.runtime.base, model)
        parts = []
        for number, sentence in enumerate(Frontend().sentences(text)):
            valid_consent(self.runtime.store, consent_id, self.user_id)
            with self.runtime.turn():
                parts.append(speaker.sentence(sentence.phonemes, SpeakOptions(), number))
        return joined(parts)

    def speak_to_file(
        self,
        voice_name: str,
        text: str,
        path: Path,
        options: SpeakOptions | None = None,
        overrides: Path | None = None,
        max_bytes: int = MAX_TEXT_BYTES,
    ) -> Spoken:
        """Write ``text`` as speech to ``path``, a sentence at a time; all of it or nothing."""
        began = time.perf_counter()
        writer = AudioWriter(path)
        sentences = self.speak(voice_name, text, options, overrides, max_bytes)
        return self._write(voice_name, sentences, writer, began)

    def convert_to_file(
        self,
        voice_name: str,
        source: Path,
        path: Path,
        options: ConvertOptions | None = None,
    ) -> Spoken:
        """Write the recording ``source`` as spoken by a voice to ``path``."""
        began = time.perf_counter()
        writer = AudioWriter(path)
        self._allowed(voice_name)
        converted = self.convert(voice_name, read_audio(source), options)
        return self._write(voice_name, iter([converted]), writer, began)

    def _allowed(self, voice_name: str) -> Voice:
        voice = usable_voice(self.runtime, voice_name, self.user_id)
        self.runtime.store.check_consent(voice)
        return voice

    def _meter(self, voice: Voice, kind: GenerationKind) -> Meter:
        return Meter(self.runtime, voice, self.user_id, kind, self.use_id or new_id())

    def _logged(
        self, voice: Voice, kind: GenerationKind, parts: Iterator[Waveform]
    ) -> Generator[Waveform]:
        """Pass ``parts`` on and record what left, also where the listener goes away in between."""
        digest, seconds = hashlib.sha256(), 0.0
        try:
            for part in parts:
                digest.update(_pcm_bytes(part))
                seconds += part.seconds
                yield part
        finally:
            if seconds:
                generation = Generation(
                    new_id(), voice.id, voice.consent_id, now(), kind, seconds, digest.hexdigest()
                )
                self.runtime.store.log_generation(generation)

    @staticmethod
    def _write(
        voice_name: str, parts: Iterator[Waveform], writer: AudioWriter, began: float
    ) -> Spoken:
        digest, first = hashlib.sha256(), 0.0
        with writer:
            for part in parts:
                first = first or time.perf_counter() - began
                digest.update(_pcm_bytes(part))
                writer.write(part)
        spent = time.perf_counter() - began
        return Spoken(voice_name, writer.path, writer.seconds, spent, first, digest.hexdigest())


def joined(parts: Iterable[Waveform]) -> Waveform:
    """Return ``parts`` one after the other."""
    return Waveform(np.concatenate([part.samples for part in parts]))


def _pcm_bytes(waveform: Waveform) -> bytes:
    """Return the bytes that a WAV file of 16-bit PCM holds after its header."""
    return pcm16(waveform).astype("<i2").tobytes()


def self_test(runtime: Runtime) -> float:
    """Speak one word as nobody, check that sound came, throw it away; return its seconds."""
    embedding = np.full(EMBEDDING_SIZE, EMBEDDING_SIZE**-0.5, np.float32)
    nobody = VoiceModel(embedding, SpeakerStats(5.0, 0.2, 2.0), runtime.base.id)
    parts = [part.samples for part in speak(runtime.base, nobody, "Ready.")]
    samples = np.concatenate(parts)
    level = float(np.sqrt(np.mean(samples**2)))
    if len(samples) < 1000 or not level > 1e-4:
        raise VoiceHubError(f"the self-test made {len(samples)} samples of level {level:.2g}")
    return sum(len(part) for part in parts) / 24_000
