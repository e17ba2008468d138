"""All services over one home with a worker that runs when it is told to, and visitors for them."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from voicehub.audio.waveform import Waveform
from voicehub.jobs import Timing, run_lane
from voicehub.services.accounts import Accounts
from voicehub.services.consents import Allowed, Consents
from voicehub.services.handlers import handlers
from voicehub.services.library import Library
from voicehub.services.runtime import Runtime
from voicehub.services.samples import Samples
from voicehub.services.speeches import Speeches
from voicehub.services.studio import Studio
from voicehub.services.verification import SpeechVerifier, Verdict
from voicehub.store.records import Challenge, Consent, Job, Sample, User

Clip = Callable[..., Path]
WAIT_SECONDS = 120.0


class Believing:
    """Hears that there is speech and takes its words for granted: the bundled clips say others."""

    def verify(self, challenge: Challenge, waveform: Waveform) -> Verdict:
        heard = SpeechVerifier().verify(challenge, waveform)
        return replace(heard, verdict="verified") if heard.accepted else heard


@dataclass
class House:
    """All services over one runtime, and a worker that runs when it is told to."""

    runtime: Runtime

    def __post_init__(self) -> None:
        self.accounts = Accounts(self.runtime)
        self.consents = Consents(self.runtime, self.runtime.verifier or Believing())
        self.samples, self.studio = Samples(self.runtime), Studio(self.runtime)
        self.library, self.speeches = Library(self.runtime), Speeches(self.runtime)

    def work(self, job: Job, meanwhile: Callable[[], object] | None = None) -> Job:
        """Let a worker run until ``job`` is over; ``meanwhile`` is called again and again."""
        stop = threading.Event()
        timing = Timing(poll_seconds=0.02, look_seconds=0.02)
        arguments = (self.runtime.jobs, job.lane, handlers(self.runtime), stop, timing)
        worker = threading.Thread(target=run_lane, args=arguments)
        worker.start()
        try:
            until = time.monotonic() + WAIT_SECONDS
            while self.runtime.jobs.get(job.id, job.user_id).active:
                assert time.monotonic() < until, "the job does not end"
                if meanwhile is not None:
                    meanwhile()
                time.sleep(0.02)
        finally:
            stop.set()
            worker.join()
        return self.runtime.jobs.get(job.id, job.user_id)

    def done(self, job: Job) -> Job:
        """Let a worker run a job that is to succeed."""
        ended = self.work(job)
        assert ended.state == "done", ended.error
        return ended

    def kinds(self, job: Job) -> list[str]:
        """Return the kinds of a job's events in their order."""
        return [event.kind for event in self.runtime.jobs.events(job.id, job.user_id)]


@dataclass(frozen=True)
class Visitor:
    """A user with a consent and a recording of their own."""

    user: User
    token: str
    consent: Consent
    sample: Sample


def visit(
    house: House, clip: Clip, reader: str = "reader-f", allowed: Allowed | None = None
) -> Visitor:
    """Let somebody come in, give consent and a recording."""
    user, token = house.accounts.guest()
    consent = give_consent(house, user, clip, reader=reader, allowed=allowed)
    return Visitor(user, token, consent, house.samples.add(user, clip(5, reader), "ada.wav"))


def give_consent(
    house: House,
    user: User,
    clip: Clip,
    language: str = "en",
    reader: str = "reader-f",
    allowed: Allowed | None = None,
) -> Consent:
    """Let a user read a statement."""
    challenge = house.consents.challenge(user, language, "Ada", "tests", allowed)
    return house.consents.accept(user, challenge.id, clip(4, reader, 1), True)
