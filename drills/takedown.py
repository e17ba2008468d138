"""The drill of a takedown: from the operator's decision to the first refusal, on every road."""

import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from drills.outcome import Options, Outcome, percentile
from voicehub.errors import ConsentError, NotFoundError
from voicehub.services.consent import consent_from
from voicehub.services.demo import BASIS
from voicehub.services.library import Library
from voicehub.services.misuse import Misuse
from voicehub.services.runtime import BASE_FOLDER, Runtime
from voicehub.services.speech import SpeechService
from voicehub.services.studio import Studio
from voicehub.store.checkpoints import first_checkpoint
from voicehub.store.mark_records import Generation
from voicehub.store.records import Recording, Speech, User, Voice
from voicehub.store.rows import new_id, now

_VOICES = 20
_MOST_SECONDS = 1.0
_HASH = "a" * 64


def run(options: Options) -> Outcome:
    """Take voices down one by one, and try every road to each right after."""
    with tempfile.TemporaryDirectory() as name:
        runtime = Runtime(Path(name), options.base or BASE_FOLDER, "cpu")
        misuse, open_roads, tried, cancelled = Misuse(runtime), [], 0, 0
        spent, worked = [], []
        for number in range(_VOICES):
            user = User(new_id(), "local", now(), name=f"user {number}", password_hash="-")
            runtime.accounts.add(user)
            voice = _voice(runtime, user)
            speech, marked = _speech(runtime, user, voice), _marked(runtime, voice)
            job = Studio(runtime).speak(user, voice.id, "Hello.")
            report = misuse.report(voice.id, "impersonation", address=f"10.0.0.{number}")
            began, cpu = time.perf_counter(), time.process_time()
            misuse.decide(report.id, "upheld")
            spent.append(time.perf_counter() - began)
            worked.append(time.process_time() - cpu)
            roads = _roads(runtime, user, voice, speech, marked)
            for road, attempt in roads.items():
                tried += 1
                try:
                    attempt()
                    open_roads.append(road)
                except (ConsentError, NotFoundError):
                    continue
            cancelled += runtime.jobs.get(job.id, user.id).state == "cancelled"
    figures = {
        "voices": _VOICES,
        "attempts_after": tried,
        "not_refused": open_roads,
        "waiting_jobs_cancelled": cancelled,
        "decision_seconds_median": round(percentile(spent, 0.5), 3),
        "decision_seconds_most": round(max(spent), 3),  # what is begun after it is refused
        "decision_cpu_seconds_most": round(max(worked), 3),
    }
    passed = not open_roads and cancelled == _VOICES and max(spent) <= _MOST_SECONDS
    verdict = (
        f"{tried - len(open_roads)} of {tried} attempts right after a decision refused; it takes "
        f"at most {max(spent):.2f} s, {max(worked):.3f} s of the processor; "
        f"{cancelled} of {_VOICES} waiting jobs cancelled"
    )
    return Outcome(figures, passed, verdict)


def _voice(runtime: Runtime, user: User) -> Voice:
    consent = consent_from(BASIS, user.id)
    runtime.store.add_consent(consent)
    identifier = new_id()
    voice = Voice(
        identifier, "Ada", now(), "adapter", "base", f"voices/{identifier}/1", _HASH, consent.id,
        owner_id=user.id,
    )  # fmt: skip
    heard = [Recording(_HASH, 10.0, {"level": "pass", "checks": []})]
    runtime.store.add_voice(voice, heard, lambda: None)
    return voice


def _marked(runtime: Runtime, voice: Voice) -> Generation:
    """Return speech that was marked and is still to stand in the log."""
    mark = runtime.marks.reserve(
        kind="speak", voice_id=voice.id, consent_id=voice.consent_id, model_sha256=_HASH,
        key_id=runtime.keys.current("watermark").id, label="spoken",
    )  # fmt: skip
    return Generation(
        new_id(), voice.id, voice.consent_id, now(), "speak", 1.0, _HASH, mark.payload
    )


def _speech(runtime: Runtime, user: User, voice: Voice) -> Speech:
    path = runtime.home / "speech" / f"{voice.id}.wav"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"sound")
    kept = str(path.relative_to(runtime.home))
    speech = Speech(
        new_id(), user.id, voice.id, None, "speak", "Hello.", kept, _HASH, 1.0, "wav", now()
    )
    runtime.speeches.add(speech)
    return speech


def _roads(
    runtime: Runtime, user: User, voice: Voice, speech: Speech, marked: Generation
) -> dict[str, Callable[[], object]]:
    from voicehub.services.speeches import Speeches

    store, library = runtime.store, Library(runtime)
    version = first_checkpoint(voice)
    return {
        "ask for speech": lambda: Studio(runtime).speak(user, voice.id, "Hello."),
        "speak at once": lambda: SpeechService(runtime, user.id).speak(voice.id, "Hello."),
        "go on speaking": lambda: store.check_consent(voice),
        "log speech": lambda: store.log_generation(marked),
        "keep speech": lambda: runtime.speeches.add(speech),
        "hear what was spoken": lambda: Speeches(runtime).file(user, speech.id),
        "add a version": lambda: store.checkpoints.add(version, lambda: None),
        "put a job into the queue": lambda: runtime.jobs.submit(
            user.id, "speak", "speech", {}, voice_id=voice.id
        ),
        "see it": lambda: library.details(user, voice.id),
        "export it": lambda: library.export(user, voice.id),
        "see it as the operator": lambda: library.details(runtime.operator, voice.id),
        "see it in the list": lambda: _in_list(library, user, voice),
        "see it in the history": lambda: _in_history(runtime, user, speech),
    }


def _in_list(library: Library, user: User, voice: Voice) -> None:
    if voice.id not in {each.id for each in library.voices(user)}:
        raise NotFoundError("it is not in the list")


def _in_history(runtime: Runtime, user: User, speech: Speech) -> None:
    if speech.id not in {each.id for each in runtime.speeches.of_user(user.id)}:
        raise NotFoundError("it is not in the history")
