"""What every sound passes on its way out: it is marked, and in the log, before anybody hears it."""

import hashlib
from collections.abc import Generator, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from voicehub.audio.stream import pcm16, write_pcm
from voicehub.audio.waveform import SAMPLE_RATE, Waveform
from voicehub.consent.fingerprint import Fingerprint, fingerprint
from voicehub.errors import VoiceHubError, WatermarkError
from voicehub.services.file_labels import finish_file, producer
from voicehub.services.manifests import describe, sign
from voicehub.services.replays import remember
from voicehub.services.runtime import Runtime
from voicehub.store.mark_records import Generation, LabelKind, Mark, MarkKind
from voicehub.store.rows import new_id, now
from voicehub.watermark.cells import HOP
from voicehub.watermark.pattern import PERIOD

_PATTERN = PERIOD * HOP  # samples after which the pattern of the mark begins anew


@dataclass(frozen=True)
class Origin:
    """Where speech comes from: what its mark leads to."""

    kind: MarkKind
    voice_id: str | None  # None for a preview
    consent_id: str
    model_sha256: str
    label: LabelKind
    acknowledged: bool = False


class Outgoing(Iterator[Waveform]):
    """Speech on its way out, part by part; nothing that is not marked ever comes out of here.

    Each part is logged before it is handed on. ``close`` where the listener goes away: what left
    stays in the log. Raises ``WatermarkError`` where a part cannot be marked, ``SettingsError``
    where there is no usable key, and ``ConsentError`` where the consent ends meanwhile.
    """

    def __init__(
        self, runtime: Runtime, origin: Origin, parts: Iterator[Waveform], label_seconds: float = 0
    ) -> None:
        self.runtime, self.origin, self.label_seconds = runtime, origin, label_seconds
        self._key = runtime.keys.current("watermark")
        self._marker = runtime.marker(self._key)
        self._parts = self._run(parts)
        self.mark: Mark | None = None
        self.generation: Generation | None = None  # once it has ended

    def __next__(self) -> Waveform:
        return next(self._parts)

    def close(self) -> None:
        """End it here; what left is logged."""
        self._parts.close()

    def whole(self) -> Waveform:
        """Return all parts one after the other."""
        return joined(self)

    def write(self, path: Path) -> Waveform:
        """Write all parts to an audio file with the labels of its format, and return them."""
        waveform = self.whole()
        write_pcm(path, waveform, self.finish)
        return waveform

    def finish(self, path: Path) -> None:
        """Put the labels into a file that holds this speech and that nobody sees yet."""
        if self.mark is None:
            raise WatermarkError("nothing was marked, so there is nothing to keep")
        finish_file(self.runtime, path, self.mark)

    def _run(self, parts: Iterator[Waveform]) -> Generator[Waveform]:
        digest, position = hashlib.sha256(), 0
        prints: list[Fingerprint] = []
        try:
            for number, part in enumerate(parts):
                mark = self._reserved()
                marked = self._marked(part, mark, position)
                data = pcm_bytes(marked)
                sha256 = hashlib.sha256(data).hexdigest()
                self.runtime.marks.add_part(mark, number, marked.seconds, sha256)
                digest.update(data)
                position += len(marked.samples)
                prints.append(fingerprint(marked))
                yield marked
        finally:
            if position and self.origin.voice_id is not None:
                self._log(position / SAMPLE_RATE, digest.hexdigest())
                self._remember(prints)

    def _reserved(self) -> Mark:
        """Return the mark of this speech, of which there is one from its first part on."""
        if self.mark is None:
            self.mark = self.runtime.marks.reserve(**asdict(self.origin), key_id=self._key.id)
        return self.mark

    def _marked(self, part: Waveform, mark: Mark, position: int) -> Waveform:
        """Return ``part`` marked, the pattern going on where the part before it ended."""
        ahead = np.zeros(position % _PATTERN, np.float32)
        whole = Waveform(np.concatenate([ahead, part.samples]))
        marked = self._marker.embed(whole, mark.payload).samples[len(ahead) :]
        if marked.shape != part.samples.shape or np.array_equal(marked, part.samples):
            raise WatermarkError("the speech came back from marking unmarked; nothing leaves")
        return Waveform(marked)

    def _log(self, seconds: float, sha256: str) -> None:
        origin, mark = self.origin, self._reserved()
        if origin.kind == "preview" or origin.voice_id is None:
            raise VoiceHubError("a preview is of no voice and stands in no voice's log")
        generation = Generation(
            new_id(), origin.voice_id, origin.consent_id, now(), origin.kind, seconds, sha256,
            mark.payload,
        )  # fmt: skip
        consent = self.runtime.store.consent(origin.consent_id)
        body = describe(generation, mark, consent, producer())
        manifest = sign(self.runtime.keys, body).decode("ascii")
        self.generation = Generation(**(asdict(generation) | {"manifest": manifest}))
        self.runtime.store.log_generation(self.generation)

    def _remember(self, prints: Sequence[Fingerprint]) -> None:
        """Keep how it sounds, to know it again where somebody plays it back for a statement."""
        if self.generation is not None:
            whole = np.concatenate(prints)
            remember(self.runtime.prints, "generation", self.generation.id, whole)


def joined(parts: Iterable[Waveform]) -> Waveform:
    """Return ``parts`` one after the other."""
    return Waveform(np.concatenate([part.samples for part in parts]))


def pcm_bytes(waveform: Waveform) -> bytes:
    """Return the bytes that a WAV file of 16-bit PCM holds after its header."""
    return pcm16(waveform).astype("<i2").tobytes()
