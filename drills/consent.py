"""The drill of consent: whoever has none, or whose consent is over, tries every road to a voice.

Each attempt is made by somebody for whom no consent holds, or for what it does not allow; it succeeds where a
voice, a version, speech, a job or an export comes of it. Then a consent is revoked while work is running.
"""

import hashlib
import io
import itertools
import os
import sqlite3
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

from drills.attempts import Denied, People, denied_people, row_attempts, silence
from drills.outcome import Options, Outcome
from drills.page import page_attempts, page_of
from drills.recordings import READERS, clip
from voicehub.errors import VoiceHubError
from voicehub.jobs import Timing, run_lane
from voicehub.services.handlers import handlers
from voicehub.services.library import Library
from voicehub.services.runtime import BASE_FOLDER, Runtime
from voicehub.services.speech import SpeechService
from voicehub.services.storage import beside
from voicehub.services.studio import Studio
from voicehub.store.records import Job, User, Voice

Attempt = tuple[str, str, Callable[[], object]]  # road, what is tried, by what


def run(options: Options) -> Outcome:
    """Try every road without a consent that holds, then revoke one and look for what is left."""
    with tempfile.TemporaryDirectory(prefix="voicehub-consent-") as name:
        folder = Path(name)
        runtime = Runtime(folder / "home", options.base or BASE_FOLDER, "cpu")
        os.environ["VOICEHUB_HOME"] = str(runtime.home)  # of the commands
        silence(folder / "silence.wav")
        people, tried = [], []
        with page_of(runtime) as url:
            for each in denied_people(runtime, folder):
                people.append(each.why)
                tried += _try_all(runtime, url, each, folder)
        revoked = _revoke(runtime, folder)
    roads = Counter(road for road, _, _ in tried)
    succeeded = [f"{road}: {what}" for road, what, refused in tried if not refused]
    figures = {
        "attempts": len(tried),
        "succeeded": len(succeeded),
        "which": succeeded,
        "by_road": dict(sorted(roads.items())),
        "people": people,
        "revoked": revoked,
    }
    passed = (
        len(tried) >= 200 and not succeeded and revoked["refused_after_seconds"] <= 1.0
        and revoked["files_left"] == 0 and revoked["removed_after_seconds"] <= 60.0
        and revoked["running_job"] == "cancelled"
    )  # fmt: skip
    verdict = (
        f"{len(succeeded)} of {len(tried)} attempts succeeded; after revoking, speech was refused in "
        f"{revoked['refused_after_seconds']} s and {revoked['files_left']} of "
        f"{revoked['files_before']} files were left after {revoked['removed_after_seconds']} s"
    )
    return Outcome(figures, passed, verdict)


def _try_all(
    runtime: Runtime, url: str, denied: Denied, folder: Path
) -> Iterator[tuple[str, str, bool]]:
    """Yield (road, what, refused) of every attempt by somebody for whom no consent holds."""
    before = _state(runtime)
    for road, what, attempt in itertools.chain(
        _services(runtime, denied, folder), _commands(runtime, denied, folder),
        _work(runtime, denied), page_attempts(runtime, url, denied, folder),
        row_attempts(runtime, denied),
    ):  # fmt: skip
        if what in denied.allowed:
            continue
        refused = False
        try:
            attempt()
        except (VoiceHubError, sqlite3.DatabaseError):
            refused = True
        after = _state(runtime)
        yield road, f"{denied.why}: {what}", refused and after == before
        before = after


def _state(runtime: Runtime) -> tuple[int, ...]:
    """Return how many voices, versions, pieces of speech, jobs and exports there are."""
    tables = ("voices", "checkpoints", "generations", "speeches", "evaluations", "recordings")
    with closing(sqlite3.connect(runtime.home / "voicehub.db")) as db:
        rows = [db.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in tables]
    exports = len(list((runtime.home / "exports").glob("*.zip")))
    return (*rows, exports)


def _services(runtime: Runtime, denied: Denied, folder: Path) -> Iterator[Attempt]:
    studio, speech = Studio(runtime), SpeechService(runtime, denied.user.id)
    user, samples = denied.user, [each.id for each in denied.samples]
    sound = clip(folder / "source.wav", READERS[1], 0, 3.0)
    if denied.consent is not None:
        consent_id = denied.consent.id
        yield "service", "preview", lambda: studio.preview(user, consent_id, samples)
        yield "service", "clone", lambda: studio.clone(user, consent_id, samples, "Mine")
    for voice in denied.voices:
        yield "service", "speak job", lambda v=voice: studio.speak(user, v.id, "Hello.")
        yield "service", "convert job", lambda v=voice: studio.convert(user, v.id, sound)
        yield "service", "evaluate", lambda v=voice: studio.evaluate(user, v.id, samples)
        yield (
            "service",
            "clone again",
            lambda v=voice: studio.clone(user, v.consent_id, samples, v.name, voice=v),
        )
        yield "service", "speak", lambda v=voice: list(speech.speak(v.id, "Hello."))
        yield (
            "service",
            "speak to a file",
            lambda v=voice: speech.speak_to_file(v.id, "Hello.", folder / "stolen.wav"),
        )
        yield (
            "service",
            "convert",
            lambda v=voice: speech.convert_to_file(v.id, sound, folder / "stolen.wav"),
        )
        yield "service", "export", lambda v=voice: Library(runtime).export(user, v.id)


def _commands(runtime: Runtime, denied: Denied, folder: Path) -> Iterator[Attempt]:
    from voicehub.cli.main import main

    def command(*given: str) -> None:
        with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
            code = main([*given, "--quiet"])
        if code:
            raise VoiceHubError(f"the command ended with {code}")

    sound, out = str(clip(folder / "long.wav", READERS[1], 0, 8.0)), str(folder / "stolen.wav")
    foreign = str(clip(folder / "foreign.wav", READERS[0], 0, 6.0))
    yield "command", "clone without a basis", lambda: command("clone", sound, "--name", "X")
    yield (
        "command",
        "clone by silence",
        lambda: command(
            "clone", sound, "--name", "X", "--consent", str(folder / "silence.wav"), "--zero-shot"
        ),
    )
    yield (
        "command",
        "clone by another's statement",
        lambda: command("clone", sound, "--name", "X", "--consent", foreign, "--zero-shot"),
    )
    yield "command", "clone by other words", lambda: command(
        "clone", foreign, "--name", "X", "--consent", foreign,
        "--owner", "Ada", "--scope", "tests", "--zero-shot",
    )  # fmt: skip
    for voice in denied.voices if denied.over else ():
        yield "command", "speak", lambda v=voice: command("speak", v.id, "Hello.", "-o", out)
        yield "command", "convert", lambda v=voice: command("convert", v.id, sound, "-o", out)


def _work(runtime: Runtime, denied: Denied) -> Iterator[Attempt]:
    """Let a worker run jobs that were queued while the consent held, or behind the services' back."""

    def work(kind: str, voice: Voice | None, config: dict[str, Any]) -> None:
        consent_id = denied.consent.id if denied.consent else None
        job = runtime.jobs.submit(
            denied.user.id, kind, "speech", config, voice_id=voice.id if voice else None,
            consent_id=consent_id,
        )  # fmt: skip
        _failing(run_to_end(runtime, job))

    samples = [each.id for each in denied.samples]
    making = {"sample_ids": samples, "language": "en", "name": "Mine", "steps": 1,
              "voice_id": "stolen", "work": "stolen", "new": True}  # fmt: skip
    speaking = {"text": "Hello.", "speed": 1.0, "pitch": 0.0, "format": "wav"}
    yield "worker", "preview", lambda: work("preview", None, making)
    yield "worker", "clone", lambda: work("clone", None, making)
    for job in denied.queued:
        yield "worker", "a job from before", lambda j=job: _failing(run_to_end(runtime, j))
    for voice in denied.voices:
        yield "worker", "speak", lambda v=voice: work("speak", v, speaking)
        yield "worker", "evaluate", lambda v=voice: work("evaluate", v, making)


def _failing(job: Job) -> None:
    if job.state != "done":
        raise VoiceHubError(job.error or job.state)


def run_to_end(runtime: Runtime, job: Job, seconds: float = 120.0) -> Job:
    """Let a worker run until a job is over."""
    stop = threading.Event()
    given = (runtime.jobs, job.lane, handlers(runtime), stop, Timing(poll_seconds=0.02))
    worker = threading.Thread(target=run_lane, args=given)
    worker.start()
    until = time.monotonic() + seconds
    while runtime.jobs.get(job.id, job.user_id).active and time.monotonic() < until:
        time.sleep(0.02)
    stop.set()
    worker.join()
    return runtime.jobs.get(job.id, job.user_id)


def _revoke(runtime: Runtime, folder: Path) -> dict[str, Any]:
    """Revoke a consent while its voice speaks; return how fast all ended, and what is left."""
    make = People(runtime, folder)
    make.guests = 50  # whose recordings are nobody else's
    user, _, sample = make.guest(READERS[1])
    voice = make.voice(user, make.consent(user, READERS[1]), sample, READERS[1])
    list(SpeechService(runtime, user.id).speak(voice.id, "Before."))
    job = Studio(runtime).speak(user, voice.id, "One more sentence for the drill. " * 60)
    stop = threading.Event()
    given = (runtime.jobs, "speech", handlers(runtime), stop, Timing(poll_seconds=0.02))
    worker = threading.Thread(target=run_lane, args=given)
    worker.start()
    _until(lambda: any(e.kind == "chunk" for e in runtime.jobs.events(job.id, user.id)))
    files = _files(runtime, user, voice)
    began = time.monotonic()
    with ThreadPoolExecutor(
        1
    ) as pool:  # what is asked for meanwhile is refused before files are gone
        revoking = pool.submit(Library(runtime).revoke, user, voice.id)
        refused = _refused_after(runtime, user, voice, began)
        receipt = revoking.result()
    removed = time.monotonic() - began
    _until(lambda: not runtime.jobs.get(job.id, user.id).active)
    ended = time.monotonic() - began
    stop.set()
    worker.join()
    left = _left(runtime.home, set(files) | {each.sha256 for each in receipt.removed})
    named = {each.sha256 for each in receipt.removed}
    return {
        "refused_after_seconds": round(refused, 3),
        "running_job": runtime.jobs.get(job.id, user.id).state,
        "job_ended_after_seconds": round(ended, 3),
        "removed_after_seconds": round(removed, 3),
        "files_before": len(files),
        "files_left": len(left),
        "which_left": left,
        "in_receipt": len(named),
        "voiceprints_left": len(runtime.registry),
    }


def _refused_after(runtime: Runtime, user: User, voice: Voice, began: float) -> float:
    """Ask for speech again and again; return when it was refused, before any of it was made."""
    while True:
        try:
            SpeechService(runtime, user.id).speak(voice.id, "After.")
        except VoiceHubError:
            return time.monotonic() - began
        time.sleep(0.01)


def _files(runtime: Runtime, user: User, voice: Voice) -> dict[str, str]:
    """Return the files of a voice by hash: weights, statement, recordings, voiceprints, speech."""
    home, consent = runtime.home, runtime.store.consent(voice.consent_id)
    roots = [home / "voices" / voice.id, home / "samples" / user.id, home / "speech" / user.id]
    roots += [home / "jobs" / job.id for job in runtime.jobs.of_user(user.id)]
    statement = home / (consent.statement_path or "")
    found = [path for root in roots for path in root.rglob("*") if path.is_file()]
    return {_hash(path): str(path) for path in [*found, *beside(statement)]}


def _left(home: Path, hashes: set[str]) -> list[str]:
    """Return the files of the whole home that bear one of the hashes."""
    return [
        str(p.relative_to(home))
        for p in home.rglob("*")
        if p.is_file() and p.stat().st_size and _hash(p) in hashes
    ]


def _hash(path: Path) -> str:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return ""


def _until(reached: Callable[[], bool], seconds: float = 120.0) -> None:
    until = time.monotonic() + seconds
    while not reached():
        if time.monotonic() > until:
            raise TimeoutError("it did not happen")
        time.sleep(0.01)
