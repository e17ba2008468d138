"""The one road to speech: consent is checked for every sentence, each is marked and logged."""

import hashlib
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from voicehub.audio.files import read_audio
from voicehub.audio.stream import AudioWriter, checked_target
from voicehub.audio.waveform import Waveform
from voicehub.errors import VoiceHubError
from voicehub.model.prosody import SpeakerStats
from voicehub.model.voice import VoiceModel
from voicehub.services.file_labels import MANIFEST_SUFFIX, file_manifest
from voicehub.services.labels import LINES, RHYTHM, SPOKEN, Label, opened, rhythm
from voicehub.services.manifests import payload_text
from voicehub.services.metering import Meter, characters_of
from voicehub.services.misuse import check_words
from voicehub.services.names import MAX_TEXT_BYTES, checked_text
from voicehub.services.outgoing import Origin, Outgoing, joined
from voicehub.services.ownership import own_voice, usable_voice, valid_consent
from voicehub.services.runtime import Runtime
from voicehub.speaker.embedding import EMBEDDING_SIZE
from voicehub.store.mark_records import GenerationKind
from voicehub.store.records import OPERATOR, Use, Voice
from voicehub.store.rows import new_id
from voicehub.synthesis.convert import ConvertOptions, convert
from voicehub.synthesis.speak import Speaker, SpeakOptions, speak
from voicehub.text.frontend import Frontend, load_overrides


@dataclass(frozen=True)
class Spoken:
    """What was made: ``first_seconds`` is the wait for the first sound, ``sha256`` its PCM's.

    ``payload`` is what its mark carries, ``manifest`` the signed description beside it.
    """

    voice: str
    path: Path
    seconds: float
    spent_seconds: float
    first_seconds: float
    sha256: str
    payload: str
    manifest: Path


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
        label: Label = SPOKEN,
    ) -> Outgoing:
        """Return the sentences of ``text``, each made when it is asked for.

        What cannot be spoken, and a voice that may not speak, is refused at once; a consent that
        is revoked meanwhile ends it at the next sentence with ``ConsentError``.
        """
        checked_text(text, max_bytes)
        check_words(self.runtime, self.user_id, text)
        voice = self._allowed(voice_name, "speak")
        frontend = Frontend(load_overrides(overrides) if overrides else None)
        sentences = list(frontend.sentences(text))
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

        language = sentences[0].phonemes[0].language
        return self._outgoing("speak", voice, voice.sha256, make(), label, language, speaker)

    def convert(
        self,
        voice_name: str,
        source: Waveform,
        options: ConvertOptions | None = None,
        label: Label = SPOKEN,
    ) -> Outgoing:
        """Return ``source`` spoken by a voice, in one part."""
        voice = self._allowed(voice_name, "convert")
        speaker, meter = self.runtime.speaker(voice), self._meter(voice, "convert")

        def make() -> Iterator[Waveform]:
            meter.check()
            with self.runtime.turn():
                converted = convert(self.runtime.base, speaker.voice, source, options)
            meter.count(0, characters_of(source.seconds))
            yield converted

        language = self.runtime.store.consent(voice.consent_id).language or "en"
        return self._outgoing("convert", voice, voice.sha256, make(), label, language, speaker)

    def audition(self, voice: Voice, version: VoiceModel, text: str, model_sha256: str) -> Outgoing:
        """Return ``text`` spoken by a version of one's own ``voice`` that is not its current one."""
        voice = own_voice(self.runtime.store, voice.id, self.user_id)
        self.runtime.store.check_consent(voice, "speak")
        speaker = Speaker(self.runtime.base, version)
        sentences = list(Frontend().sentences(text))

        def make() -> Iterator[Waveform]:
            for number, sentence in enumerate(sentences):
                self.runtime.store.check_consent(voice, "speak")
                yield speaker.sentence(sentence.phonemes, SpeakOptions(), number)

        return self._outgoing("speak", voice, model_sha256, make(), RHYTHM, "en", speaker)

    def preview(self, consent_id: str, model: VoiceModel, text: str) -> Outgoing:
        """Return ``text`` spoken by a voice that is not kept, under a consent of the user's own.

        The log of speech names voices: what no voice was made for is found by its mark alone.
        """
        valid_consent(self.runtime.store, consent_id, self.user_id, "speak")
        speaker = Speaker(self.runtime.base, model)

        def make() -> Iterator[Waveform]:
            for number, sentence in enumerate(Frontend().sentences(text)):
                valid_consent(self.runtime.store, consent_id, self.user_id, "speak")
                with self.runtime.turn():
                    waveform = speaker.sentence(sentence.phonemes, SpeakOptions(), number)
                yield waveform

        origin = Origin("preview", None, consent_id, voice_sha256(model), RHYTHM.kind)
        first = opening(RHYTHM, "en", speaker)
        return Outgoing(self.runtime, origin, opened(first, make()), first.seconds if first else 0)

    def speak_to_file(
        self,
        voice_name: str,
        text: str,
        path: Path,
        options: SpeakOptions | None = None,
        overrides: Path | None = None,
        max_bytes: int = MAX_TEXT_BYTES,
        label: Label = SPOKEN,
    ) -> Spoken:
        """Write ``text`` as speech to ``path``, a sentence at a time; all of it or nothing."""
        began = time.perf_counter()
        checked_target(path)
        sentences = self.speak(voice_name, text, options, overrides, max_bytes, label)
        return self._write(voice_name, sentences, path, began)

    def convert_to_file(
        self,
        voice_name: str,
        source: Path,
        path: Path,
        options: ConvertOptions | None = None,
        label: Label = SPOKEN,
    ) -> Spoken:
        """Write the recording ``source`` as spoken by a voice to ``path``."""
        began = time.perf_counter()
        checked_target(path)
        self._allowed(voice_name, "convert")
        converted = self.convert(voice_name, read_audio(source), options, label)
        return self._write(voice_name, converted, path, began)

    def _allowed(self, voice_name: str, use: Use) -> Voice:
        voice = usable_voice(self.runtime, voice_name, self.user_id)
        self.runtime.store.check_consent(voice, use)
        return voice

    def _meter(self, voice: Voice, kind: GenerationKind) -> Meter:
        return Meter(self.runtime, voice, self.user_id, kind, self.use_id or new_id())

    def _outgoing(
        self,
        kind: GenerationKind,
        voice: Voice,
        model_sha256: str,
        parts: Iterator[Waveform],
        label: Label,
        language: str,
        speaker: Speaker,
    ) -> Outgoing:
        """Return ``parts`` on their way out, with what is heard before them."""
        with self.runtime.turn():
            first = opening(label, language, speaker)
        origin = Origin(
            kind, voice.id, voice.consent_id, model_sha256, label.kind, label.acknowledged
        )
        return Outgoing(self.runtime, origin, opened(first, parts), first.seconds if first else 0)

    def _write(self, voice_name: str, parts: Outgoing, path: Path, began: float) -> Spoken:
        """Write speech and, beside it, its signed manifest."""
        first = 0.0
        with AudioWriter(path, parts.finish) as writer, closing(parts):
            for part in parts:
                first = first or time.perf_counter() - began
                writer.write(part)
        beside = path.with_name(path.name + MANIFEST_SUFFIX)
        try:
            beside.write_bytes(file_manifest(self.runtime, parts.generation, path))
        except OSError as error:
            path.unlink()
            raise VoiceHubError(f"the manifest {beside} cannot be written: {error}") from error
        spent = time.perf_counter() - began
        assert parts.generation is not None
        assert parts.mark is not None
        return Spoken(
            voice_name, path, writer.seconds, spent, first, parts.generation.sha256,
            payload_text(parts.mark.payload), beside,
        )  # fmt: skip


def opening(label: Label, language: str, speaker: Speaker) -> Waveform | None:
    """Return what is heard before speech in ``language``, or None where nothing is."""
    if label.kind == "rhythm":
        return rhythm()
    if label.kind == "none":
        return None
    plain = SpeakOptions()  # at normal speed, whatever the speech itself is asked for
    sentences = Frontend().sentences(LINES[language])
    return joined(speaker.sentence(sentence.phonemes, plain) for sentence in sentences)


def voice_sha256(model: VoiceModel) -> str:
    """Return a hash of all that makes a voice, for one that lies in no file."""
    digest = hashlib.sha256(model.base_id.encode() + model.embedding.tobytes())
    for spectra in (model.timbre, model.equaliser):
        digest.update(b"" if spectra is None else spectra.tobytes())
    digest.update(repr(sorted(model.stats.as_dict().items())).encode())
    for name, value in sorted(model.adapter.items()):
        digest.update(name.encode() + value.float().numpy(force=True).tobytes())
    return digest.hexdigest()


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
