"""The commands that make and look after voices: clone, voices, show, delete, revoke."""

import argparse
import signal
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any

from voicehub.cli.console import (
    Answer,
    Progress,
    add_base_options,
    progress_from,
    runtime_from,
    table,
)
from voicehub.cli.engine import add_engine_options, engine_from
from voicehub.errors import ConsentError, InputError
from voicehub.settings import TUNING_STEPS

if TYPE_CHECKING:
    from voicehub.services.consent import Basis
    from voicehub.services.runtime import Runtime

_STATES = {"recorded": "words not checked", "waiting": "waits for a person"}

_CLONE_DESCRIPTION = """\
Make a voice from recordings of one speaker; 30 s of clear speech or more is best.

A voice needs a legal basis. Either its owner reads the consent statement aloud
(--consent FILE; `voicehub clone --show-statement` prints its words), or the recordings
come from an open corpus (--corpus-licence and --attribution).
Ctrl-C ends the tuning and keeps the best voice so far; --resume goes on from there.
"""


def add_commands(commands: Any, common: argparse.ArgumentParser) -> None:
    """Add the commands of this group."""
    clone = commands.add_parser(
        "clone",
        parents=[common],
        help="make a voice from recordings",
        description=_CLONE_DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    clone.add_argument("recordings", nargs="*", type=Path, metavar="RECORDING")
    clone.add_argument("--name", help="what the voice is called")
    basis = clone.add_argument_group("legal basis, one of")
    basis.add_argument("--consent", type=Path, metavar="FILE", help="recording of the statement")
    basis.add_argument("--owner", metavar="NAME", help="who read it: then its words are compared")
    basis.add_argument("--scope", metavar="TEXT", help="what for, as it was read")
    basis.add_argument("--language", choices=("en", "zh"), default="en", help="of the statement")
    basis.add_argument("--corpus-licence", metavar="NAME", help='for example "CC BY 4.0"')
    basis.add_argument("--attribution", metavar="TEXT", help="whom the licence asks to name")
    clone.add_argument(
        "--show-statement", action="store_true", help="print the consent statement and end"
    )
    tuning = clone.add_argument_group("tuning")
    tuning.add_argument(
        "--transcripts", type=Path, metavar="FILE",
        help="what is said: a TSV of file name and words, or a line for each recording in order",
    )  # fmt: skip
    tuning.add_argument(
        "--steps", type=int, default=TUNING_STEPS, help=f"at most so many, default {TUNING_STEPS}"
    )
    tuning.add_argument("--seconds", type=float, help="at most so long")
    tuning.add_argument("--seed", type=int, default=0, help="default 0")
    tuning.add_argument("--zero-shot", action="store_true", help="do not tune: ready in seconds")
    tuning.add_argument("--resume", action="store_true", help="go on with an interrupted tuning")
    tuning.add_argument("--full", action="store_true", help="tune all weights (a larger voice)")
    add_engine_options(clone)
    add_base_options(clone)
    clone.set_defaults(run=_clone)

    listing = commands.add_parser("voices", parents=[common], help="list the voices")
    listing.set_defaults(run=_voices)
    for name, run, words in (
        ("show", _show, "show all that is known of a voice"),
        ("delete", _delete, "delete a voice and its files"),
        ("revoke", _revoke, "end a voice's consent: every voice under it goes, for good"),
    ):
        parser = commands.add_parser(name, parents=[common], help=words, description=words)
        parser.add_argument("voice", metavar="VOICE", help="name or identifier")
        parser.set_defaults(run=run)


def _clone(arguments: argparse.Namespace) -> Answer:
    if arguments.show_statement:
        return _statement()
    basis = _basis(arguments)
    if not arguments.recordings or arguments.name is None:
        raise InputError("give at least one RECORDING, and --name for the voice")
    from voicehub.services.clone import CloneRequest, CloneService
    from voicehub.services.library import as_dict
    from voicehub.training.finetune import CloneOptions

    options = CloneOptions(
        steps=arguments.steps,
        seconds=arguments.seconds,
        seed=arguments.seed,
        full=arguments.full,
    )
    request = CloneRequest(
        arguments.recordings, arguments.name, basis, options,
        arguments.zero_shot, arguments.resume, arguments.transcripts, engine_from(arguments),
        arguments.shared,
    )  # fmt: skip
    progress = progress_from(arguments)
    service = CloneService(runtime_from(arguments))
    with stopping(progress) as stop:
        cloned = service.clone(request, progress, stop.is_set)
    progress.close()
    metrics = cloned.voice.metrics
    data = as_dict(cloned.voice) | {
        "stopped": cloned.stopped,
        "history": list(cloned.history),
        "recordings": [
            {"sha256": r.sha256, "seconds": r.seconds, "quality": r.quality}
            for r in cloned.recordings
        ],
    }
    seconds = sum(r.seconds for r in cloned.recordings)
    text = (
        f"{cloned.voice.name} is ready: {cloned.voice.kind}, from {seconds:.1f} s of recordings, "
        f"{metrics.get('steps', 0)} steps"
        + (", ended early with the best so far" if cloned.stopped else "")
        + f'\ntry: voicehub speak "{cloned.voice.name}" "Hello, this is my new voice."'
    )
    return Answer(data, text)


def _statement() -> Answer:
    from voicehub.services.consent import STATEMENTS, TEXT_VERSION

    texts = {
        language: text.format(
            name="<your name>" if language == "en" else "<姓名>",
            scope="<what it is used for>" if language == "en" else "<用途>",
        )
        for language, text in STATEMENTS.items()
    }
    return Answer({"version": TEXT_VERSION, "statements": texts}, "\n\n".join(texts.values()))


def _basis(arguments: argparse.Namespace) -> "Basis":
    """Return the one legal basis that was given."""
    from voicehub.services.consent import CorpusLicence, SpokenStatement

    licence = arguments.corpus_licence is not None or arguments.attribution is not None
    if (arguments.consent is not None) == licence:
        raise ConsentError(
            "a voice needs one legal basis: --consent FILE with the spoken statement "
            "(voicehub clone --show-statement prints it), or for an open corpus "
            "--corpus-licence NAME with --attribution TEXT"
        )
    if arguments.consent is not None:
        if (arguments.owner is None) != (arguments.scope is None):
            raise ConsentError("give both --owner and --scope, as they were read, or neither")
        from voicehub.services.consent import STATEMENTS

        words = STATEMENTS[arguments.language] if arguments.owner else ""
        text = words.format(name=arguments.owner, scope=arguments.scope)
        return SpokenStatement(arguments.consent, text, arguments.language)
    return CorpusLicence(arguments.corpus_licence or "", arguments.attribution or "")


@contextmanager
def stopping(progress: Progress) -> Iterator[threading.Event]:
    """Yield an event that the first Ctrl-C sets; the second interrupts as usual."""
    stop = threading.Event()

    def on_signal(number: int, frame: FrameType | None) -> None:
        if stop.is_set():
            raise KeyboardInterrupt
        stop.set()
        progress.say("ending; the best voice so far is kept (Ctrl-C again to drop it)")

    if threading.current_thread() is not threading.main_thread():
        yield stop
        return
    before = signal.signal(signal.SIGINT, on_signal)
    try:
        yield stop
    finally:
        signal.signal(signal.SIGINT, before)


def _voices(arguments: argparse.Namespace) -> Answer:
    from voicehub.services.library import Library, as_dict

    runtime = runtime_from(arguments)
    found = Library(runtime).voices(runtime.operator)
    rows = [[voice.name, voice.kind, voice.created[:16], voice.id] for voice in found]
    text = table(["name", "kind", "created (UTC)", "identifier"], rows)
    if not found:
        text = "no voices yet; `voicehub demo` makes two, `voicehub clone` makes yours"
    return Answer({"voices": [as_dict(voice) for voice in found]}, text)


def _show(arguments: argparse.Namespace) -> Answer:
    from voicehub.services.library import Library, as_dict

    runtime = runtime_from(arguments)
    details = Library(runtime).details(runtime.operator, arguments.voice)
    voice, consent = details.voice, details.consent
    data = as_dict(voice) | {
        "consent": {
            "kind": consent.kind,
            "created": consent.created,
            "statement_sha256": consent.statement_sha256,
            "text_version": consent.text_version,
            "licence": consent.licence,
            "attribution": consent.attribution,
            "state": consent.state,
            "verified": consent.state in ("verified", "accepted"),
        },
        "recordings": [{"sha256": r.sha256, "seconds": r.seconds} for r in details.recordings],
        "size_bytes": details.size_bytes,
        "generations": details.generations,
    }
    if consent.kind == "spoken":
        basis = (
            f"spoken statement of {consent.created[:10]}, text {consent.text_version}, "
            f"{_STATES.get(consent.state, consent.state)}"
        )
    else:  # of an open corpus, or where it was pulled from
        basis = f"{consent.licence}: {consent.attribution}"
    seconds = sum(recording.seconds for recording in details.recordings)
    rows: list[list[object]] = [
        ["name", voice.name],
        ["identifier", voice.id],
        ["made", f"{voice.created[:19]} UTC, {voice.kind}, on base {voice.base_id}"],
        ["consent", basis],
        ["recordings", f"{len(details.recordings)}, {seconds:.1f} s"],
        ["size", f"{details.size_bytes / 1e6:.2f} MB"],
        ["pieces of speech made", details.generations],
        *([key, value] for key, value in voice.metrics.items()),
    ]  # fmt: skip
    return Answer(data, table(["", ""], rows).split("\n", 2)[2])


def _delete(arguments: argparse.Namespace) -> Answer:
    from voicehub.services.library import Library

    runtime = runtime_from(arguments)
    library = Library(runtime)
    voice = library.details(runtime.operator, arguments.voice).voice
    receipt = library.delete(runtime.operator, voice.id)
    data = {"deleted": voice.id, "name": voice.name, "receipt": receipt.as_dict()}
    return Answer(data, f"{voice.name} is deleted" + _withdrawn(runtime, [voice.id]))


def _revoke(arguments: argparse.Namespace) -> Answer:
    from voicehub.services.library import Library

    runtime = runtime_from(arguments)
    library = Library(runtime)
    voice = library.details(runtime.operator, arguments.voice).voice
    receipt = library.revoke(runtime.operator, voice.id)
    gone = list(receipt.voices)
    text = f"the consent of {voice.name} is revoked; voices deleted with their files: {len(gone)}"
    text += _withdrawn(runtime, gone)
    data = {"revoked": voice.consent_id, "deleted": gone, "name": voice.name}
    return Answer(data | {"receipt": receipt.as_dict()}, text)


def _withdrawn(runtime: "Runtime", voice_ids: Sequence[str]) -> str:
    """Erase the published copies of voices that are gone; return the words about it."""
    waiting = [each for voice_id in voice_ids for each in runtime.outbox.waiting(voice_id)]
    if not waiting:
        return ""
    from voicehub.errors import HubError
    from voicehub.services.hub import HubService

    repos = ", ".join(each.repo for each in waiting)
    try:
        HubService(runtime).work_off(waiting)
    except HubError as error:
        return f"; {repos} is not erased yet ({error}), the workers go on trying"
    return f"; erased with its history: {repos}"
