"""Cloning: recordings and a legal basis go in, a voice in its folder and the store comes out."""

import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from voicehub.engines import Engine, Order
from voicehub.errors import ConsentError, InputError
from voicehub.model.base import file_hash
from voicehub.model.voice import VoiceModel, load_voice, save_voice
from voicehub.services.consent import Basis, SpokenStatement
from voicehub.services.misuse import check_new_name
from voicehub.services.names import checked_name
from voicehub.services.operator_consent import operator_consent
from voicehub.services.recordings import Heard, hear, read_transcripts
from voicehub.services.runtime import Runtime
from voicehub.services.storage import work_folder
from voicehub.services.voiceprints import to_bytes
from voicehub.store.records import OPERATOR, Recording, Voice, VoiceKind
from voicehub.store.rows import new_id, now
from voicehub.training.finetune import CloneOptions, CloneResult, clone_voice, zero_shot_voice

Report = Callable[[float, str], None]


@dataclass(frozen=True)
class CloneRequest:
    """What to clone; with ``resume`` an interrupted tuning of the same recordings goes on.

    An ``engine`` tunes elsewhere; ``shared`` is a folder that it and all who work for it see.
    """

    recordings: Sequence[Path]
    name: str
    basis: Basis
    options: CloneOptions = field(default_factory=CloneOptions)
    zero_shot: bool = False
    resume: bool = False
    transcripts: Path | None = None
    engine: Engine | None = None
    shared: Path | None = None


@dataclass(frozen=True)
class Cloned:
    """The voice that was made; ``stopped`` where the tuning ended early with the best so far."""

    voice: Voice
    recordings: Sequence[Recording]
    history: Sequence[dict[str, float]]
    stopped: bool


class CloneService:
    """Makes voices."""

    def __init__(self, runtime: Runtime) -> None:
        self.runtime, self.store = runtime, runtime.store

    def clone(
        self, request: CloneRequest, report: Report, stop: Callable[[], bool] = lambda: False
    ) -> Cloned:
        """Make a voice; nothing of it stays where anything fails.

        ``stop`` is asked between steps: once true, the best voice so far is kept.
        """
        name = checked_name(request.name)
        check_new_name(self.runtime, OPERATOR, name)
        existing = self._existing(name, request.resume)
        report(0.0, "listening to the recordings")
        heard = hear(request.recordings)
        transcripts = read_transcripts(request.transcripts, request.recordings)
        base = self.runtime.base
        if existing:
            self._check_same(existing, heard)
            consent = self.store.consent(existing.consent_id)
        else:
            consent = operator_consent(self.runtime, request.basis, heard)
        hashes = [each.recording.sha256 for each in heard]
        work = work_folder(self.runtime, name, hashes, base.id, request.options.full)
        with self.runtime.turn():
            result = self._tune(request, heard, transcripts, report, stop, work)
        stopped = stop()
        draft = Voice(
            existing.id if existing else new_id(),
            existing.name if existing else name,
            now(), _kind(request), base.id, "", "", consent.id, result.metrics,
        )  # fmt: skip
        voice = self._keep(draft, existing, result.voice, heard, request.basis)
        if not stopped:
            shutil.rmtree(work, ignore_errors=True)
        recordings = [each.recording for each in heard]
        return Cloned(voice, recordings, result.history, stopped)

    def _existing(self, name: str, resume: bool) -> Voice | None:
        """Return the voice that a resumed tuning goes on with, if there is one yet."""
        same = [voice for voice in self.store.voices() if voice.name.lower() == name.lower()]
        if not (resume and same):
            self.store.check_name(name)
            return None
        self.store.check_consent(same[0])
        return same[0]

    def _check_same(self, voice: Voice, heard: Sequence[Heard]) -> None:
        known = {recording.sha256 for recording in self.store.recordings(voice.id)}
        if known != {each.recording.sha256 for each in heard}:
            raise ConsentError(
                f"{voice.name!r} was cloned from other recordings; "
                "resume with the same ones, or give a new name and a consent"
            )

    def _tune(
        self,
        request: CloneRequest,
        heard: Sequence[Heard],
        transcripts: Sequence[str] | None,
        report: Report,
        stop: Callable[[], bool],
        work: Path,
    ) -> CloneResult:
        waveforms = [each.waveform for each in heard]
        base = self.runtime.base
        if request.zero_shot:
            return CloneResult(zero_shot_voice(base, waveforms), {"steps": 0})
        if request.engine is not None:
            return self._tune_elsewhere(request, request.engine, report, work)
        if not request.resume:
            shutil.rmtree(work, ignore_errors=True)
        work.mkdir(parents=True, exist_ok=True, mode=0o700)
        return clone_voice(base, waveforms, request.options, report, stop, work, transcripts)

    def _tune_elsewhere(
        self, request: CloneRequest, engine: Engine, report: Report, work: Path
    ) -> CloneResult:
        """Let an engine tune; what it made there is taken over and does not stay."""
        if request.transcripts is not None:
            raise InputError("transcripts are for a tuning here; leave them out, or the engine")
        base = self.runtime.base
        paths = tuple(str(path.absolute()) for path in request.recordings)
        order = Order("tune", str(base.folder.absolute()), paths, asdict(request.options))
        (made,) = engine.run([order], request.shared or work, report)
        voice = load_voice(Path(made.folder), base)
        shutil.rmtree(made.folder, ignore_errors=True)
        scores = [dict(each) for each in made.events if each["kind"] == "score"]
        history = [{k: v for k, v in row.items() if k != "kind"} for row in scores]
        return CloneResult(voice, dict(made.metrics), history)

    def _keep(
        self,
        draft: Voice,
        existing: Voice | None,
        model: VoiceModel,
        heard: Sequence[Heard],
        basis: Basis,
    ) -> Voice:
        """Put the voice's files and its row in place, both or neither."""
        version = self.store.checkpoints.next_number(draft.id)
        folder = f"voices/{draft.id}/{version}"
        with self._draft_folder() as partial:
            save_voice(model, partial, {"name": draft.name, **draft.metrics})
            digest = file_hash(partial / "voice.safetensors")
            voice = replace(draft, folder=folder, sha256=digest)
            target = self.runtime.home / folder
            if existing is None:
                if isinstance(basis, SpokenStatement):
                    shutil.copyfile(basis.path, partial / "statement.audio")
                recordings = [each.recording for each in heard]
                spoken = isinstance(basis, SpokenStatement)
                self.store.add_voice(
                    voice, recordings, lambda: _publish(partial, target),
                    voiceprint=to_bytes(model.embedding) if spoken else None,
                )  # fmt: skip
                return voice
            voice = replace(voice, created=existing.created)
            old = self.runtime.home / existing.folder
            statement = old / "statement.audio"
            if statement.exists():
                shutil.copyfile(statement, partial / "statement.audio")
            self.store.replace_weights(voice, lambda: _publish(partial, target))
            shutil.rmtree(old, ignore_errors=True)
        return voice

    @contextmanager
    def _draft_folder(self) -> Iterator[Path]:
        partial = self.runtime.home / "voices" / f".{new_id()}.part"
        partial.mkdir(parents=True, mode=0o700)
        try:
            yield partial
        finally:
            shutil.rmtree(partial, ignore_errors=True)


def _kind(request: CloneRequest) -> VoiceKind:
    if request.zero_shot:
        return "zero-shot"
    return "full" if request.options.full else "adapter"


def _publish(partial: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    os.replace(partial, target)
