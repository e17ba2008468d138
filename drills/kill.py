"""The drill of kill -9: workers and the app are killed at random moments, and nothing may be lost."""

import hashlib
import os
import random
import signal
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from drills.outcome import DrillError, Options, Outcome, median
from drills.people import STATEMENT_SECONDS, give_consent, give_sample, give_voice, zero_shot
from drills.recordings import READERS, clip
from drills.server import UNLIMITED, Server, serving
from drills.visitor import Visitor
from voicehub.services.accounts import Accounts
from voicehub.services.runtime import BASE_FOLDER, Runtime
from voicehub.store.records import Job, User

MAX_SECONDS = 60.0
_TARGETS = ("training", "app", "speech")
_SAMPLE_SECONDS = 10.0
# After a job was seen running, within which the signal comes: speech is over soon.
_MOMENT_SECONDS = {"training": 4.0, "app": 4.0, "speech": 1.0}
_SPEAKING = 3  # requests of speech that wait or run at any time
_STRIKING_SECONDS = 600.0  # after which no further blow falls, and the drill has failed
_ENDING_SECONDS = 120.0  # until everything has ended
_LOOK_SECONDS = 0.05
_SENTENCE = "Whatever happens to this machine, the reading goes on where it was left."
_SENTENCES = 40  # of it in a request
_MANY = 10_000


@dataclass
class _Ledger:
    """What the page acknowledged."""

    consents: list[str] = field(default_factory=list)  # names
    samples: list[str] = field(default_factory=list)  # hashes
    clones: list[str] = field(default_factory=list)  # names of voices
    speeches: list[str] = field(default_factory=list)  # texts

    def lost(self, runtime: Runtime, user: User) -> list[str]:
        """Return what is not there any more."""
        jobs = runtime.jobs.of_user(user.id, _MANY)
        there = {
            "consent": {each.name for each in runtime.store.consents(user.id)},
            "sample": {each.sha256 for each in runtime.samples.of_user(user.id)},
            "clone": {job.config["name"] for job in jobs if job.kind == "clone"},
            "speech": {job.config["text"] for job in jobs if job.kind == "speak"},
        }
        told = {
            "consent": self.consents, "sample": self.samples, "clone": self.clones,
            "speech": self.speeches,
        }  # fmt: skip
        return [f"{kind} {each}" for kind in told for each in told[kind] if each not in there[kind]]


def run(options: Options) -> Outcome:
    """Kill ``times`` times while a voice is tuned and texts are spoken."""
    with tempfile.TemporaryDirectory() as name, serving(options.base, UNLIMITED) as server:
        runtime = Runtime(server.home, options.base or BASE_FOLDER, "cpu")
        drill = Killing(server, runtime, random.Random(options.seed))
        drill.begin(Path(name))
        targets = [_TARGETS[number % len(_TARGETS)] for number in range(options.times)]
        drill.chance.shuffle(targets)
        until = time.monotonic() + _STRIKING_SECONDS
        for target in targets:
            if time.monotonic() < until:
                drill.strike(target)
        drill.wait_end()
        return drill.outcome(options.times)


class Killing:
    """A visitor who keeps the workers busy, and somebody who kills them."""

    def __init__(self, server: Server, runtime: Runtime, chance: random.Random) -> None:
        self.server, self.runtime, self.chance = server, runtime, chance
        self.ledger, self.began = _Ledger(), time.monotonic()
        self.recoveries: list[float] = []
        self.stuck: list[str] = []
        self.kills: Counter[str] = Counter()
        self.interrupted = 0

    def begin(self, folder: Path) -> None:
        """Let the visitor agree, give a sample, and have a voice that speaks."""
        self.visitor = Visitor(self.server.url)
        self.visitor.open()
        statement = clip(folder / "statement.wav", READERS[0], 0, STATEMENT_SECONDS)
        sample = clip(folder / "sample.wav", READERS[0], 1, _SAMPLE_SECONDS)
        give_consent(self.visitor, "Ada Lovelace", statement)
        self.ledger.consents.append("Ada Lovelace")
        give_sample(self.visitor, sample)
        self.ledger.samples.append(hashlib.sha256(sample.read_bytes()).hexdigest())
        user = Accounts(self.runtime).by_token(self.visitor.token)
        assert user is not None
        self.user = user
        model = zero_shot(self.runtime, READERS[1])
        self.voice = give_voice(self.runtime, user, model, "Reader")

    def strike(self, target: str) -> None:
        """Wait until there is something to interrupt, kill, and wait until it goes on."""
        self._keep_busy()
        lanes = ("training", "speech") if target == "app" else (target,)
        self._wait(lambda: any(job.lane in lanes for job in self._running()))
        time.sleep(self.chance.uniform(0.0, _MOMENT_SECONDS[target]))
        held = [job for job in self._running() if job.lane in lanes]
        began = time.monotonic()
        if target == "app":
            self.server.kill()
            self.server.start()
            self.server.wait_page()
            self.visitor.open()  # the reload that the visitor does then
        else:
            pid = self.server.lane(target)
            if pid is None:
                raise DrillError(f"there is no worker of the lane {target}:\n{self.server.tail()}")
            os.kill(pid, signal.SIGKILL)
        self.kills[target] += 1
        self.interrupted += len(held)
        self._recover(held, began)

    def wait_end(self) -> None:
        """Stop the tuning, and wait until every job has ended, one way or another."""
        for job in self.runtime.jobs.of_user(self.user.id, _MANY, active=True):
            if job.kind == "clone":
                self.runtime.jobs.cancel(job.id, self.user.id)
        self._wait(lambda: self.runtime.jobs.active_count() == 0, _ENDING_SECONDS)

    def outcome(self, times: int) -> Outcome:
        """Return what came of it all; ``times`` is how many kills there were to be."""
        jobs = self.runtime.jobs.of_user(self.user.id, _MANY)
        lost = [*self.ledger.lost(self.runtime, self.user), *self._damaged(jobs)]
        lost += self.runtime.store.database.problems()
        silent = [job.id for job in jobs if job.state == "failed" and not job.error]
        figures = {
            "kills": dict(self.kills),
            "seconds": round(time.monotonic() - self.began, 1),
            "interrupted_jobs": self.interrupted,
            "acknowledged": {name: len(each) for name, each in vars(self.ledger).items()},
            "lost": lost,
            "not_resumed_in_time": self.stuck,
            "failed_without_reason": silent,
            "recovery_median_seconds": median(self.recoveries) if self.recoveries else None,
            "recovery_max_seconds": max(self.recoveries, default=None),
            "jobs": dict(Counter(f"{job.kind} {job.state}" for job in jobs)),
            "reasons": dict(Counter(job.error for job in jobs if job.error)),
        }
        longest, kills = figures["recovery_max_seconds"] or 0.0, sum(self.kills.values())
        verdict = (
            f"{kills} of {times} kills interrupted {self.interrupted} jobs: {len(lost)} "
            f"acknowledged things lost, {len(self.stuck)} not resumed or failed with a reason "
            f"within {MAX_SECONDS:.0f} s, the longest took {longest:.1f} s"
        )
        passed = not lost and not self.stuck and not silent and kills == times
        return Outcome(figures, passed, verdict)

    def _keep_busy(self) -> None:
        """Ask for what the workers lack; what the page accepts is in the ledger."""
        active = self.runtime.jobs.of_user(self.user.id, _MANY, active=True)
        if not any(job.kind == "clone" for job in active):
            name = f"Ada {len(self.ledger.clones) + 1}"
            self.visitor.call("clone", name)
            self.ledger.clones.append(name)
        for _ in range(_SPEAKING - sum(job.kind == "speak" for job in active)):
            text = f"This is request {len(self.ledger.speeches) + 1}. " + " ".join(
                [_SENTENCE] * _SENTENCES
            )
            self.visitor.call("speak", self.voice.id, text, 1.0, 0, "wav")
            self.ledger.speeches.append(text)

    def _running(self) -> list[Job]:
        active = self.runtime.jobs.of_user(self.user.id, _MANY, active=True)
        return [job for job in active if job.state == "running"]

    def _recover(self, held: list[Job], began: float) -> None:
        """Note how long it takes until each job runs elsewhere or has ended."""
        waiting = {job.id: job for job in held}
        while waiting:
            for job in list(waiting.values()):
                now = self.runtime.jobs.get(job.id, self.user.id)
                again = now.state == "running" and now.worker != job.worker
                if again or not now.active:
                    self.recoveries.append(round(time.monotonic() - began, 1))
                    del waiting[job.id]
            if time.monotonic() - began > MAX_SECONDS:
                self.stuck += [f"{job.kind} {job.id}" for job in waiting.values()]
                return
            time.sleep(_LOOK_SECONDS)

    def _damaged(self, jobs: list[Job]) -> list[str]:
        """Return what finished work is not there in full: rows without files, files that differ."""
        home, found = self.runtime.home, []
        for job in jobs:
            if job.state == "done" and job.kind == "speak":
                speech = self.runtime.speeches.get(job.id, self.user.id)
                if _sha256(home / speech.path) != speech.sha256:
                    found.append(f"file of speech {speech.id}")
        for voice in self.runtime.store.voices(self.user.id):
            for each in self.runtime.store.checkpoints.of_voice(voice.id):
                if _sha256(home / each.folder / "voice.safetensors") != each.sha256:
                    found.append(f"file of checkpoint {each.id}")
        return found

    def _wait(self, reached: Any, seconds: float = 300.0) -> None:
        until = time.monotonic() + seconds
        while not reached():
            if time.monotonic() > until:
                raise DrillError(f"nothing happened in {seconds:g} s:\n{self.server.tail()}")
            time.sleep(_LOOK_SECONDS)


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""
