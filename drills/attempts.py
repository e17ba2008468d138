"""Who has no consent, or not for this, and what each can try by writing to the database."""

import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from drills.people import zero_shot
from drills.recordings import READERS, clip
from voicehub.audio.files import write_audio
from voicehub.audio.waveform import SAMPLE_RATE, Waveform
from voicehub.services.accounts import Accounts
from voicehub.services.consents import Allowed, Consents
from voicehub.services.library import Library
from voicehub.services.reviews import Reviews
from voicehub.services.runtime import Runtime
from voicehub.services.samples import Samples
from voicehub.services.studio import Studio
from voicehub.services.verification import Heard, Verdict
from voicehub.services.versions import VersionKeeper
from voicehub.services.voiceprints import Comparison
from voicehub.store.records import Challenge, Consent, Job, Recording, Sample, User, Voice
from voicehub.store.rows import from_now, new_id, now

if TYPE_CHECKING:
    from voicehub.model.voice import VoiceModel

_TERM_SECONDS = 60.0  # of the consent that is over when it is tried


@dataclass
class Denied:
    """Somebody for whom ``allowed`` is all that may succeed; ``over`` where no consent holds."""

    why: str
    user: User
    token: str
    samples: Sequence[Sample]
    consent: Consent | None = None
    voices: list[Voice] = field(default_factory=list)
    queued: list[Job] = field(default_factory=list)  # while the consent held
    allowed: frozenset[str] = frozenset()
    over: bool = False


class Said:
    """Stands for the check of words where a drill needs a consent that holds, or waits."""

    def __init__(self, verdict: Heard) -> None:
        self.verdict: Heard = verdict

    def verify(self, challenge: Challenge, waveform: Waveform) -> Verdict:
        """Return the verdict that was asked for."""
        return Verdict(self.verdict, "a drill")


class People:
    """Makes the people of the drill."""

    def __init__(self, runtime: Runtime, folder: Path) -> None:
        self.runtime, self.folder, self.guests = runtime, folder, 0
        self.models: dict[str, VoiceModel] = {}

    def guest(self, reader: str) -> tuple[User, str, Sample]:
        """Return a guest with a recording of theirs."""
        user, token = Accounts(self.runtime).guest()
        seconds = 6.0 + self.guests / 100  # no two bear the same hash
        self.guests += 1
        path = clip(self.folder / f"{reader}-{self.guests}.wav", reader, 1, seconds)
        return user, token, Samples(self.runtime).add(user, path, "mine.wav")

    def consent(
        self, user: User, reader: str, verdict: Heard = "verified", allowed: Allowed | None = None
    ) -> Consent:
        """Let a reader agree."""
        consents = Consents(self.runtime, Said(verdict))
        challenge = consents.challenge(user, "en", "Ada", "a drill", allowed)
        name = f"{reader}-{user.id}-statement.wav"
        path = clip(self.folder / name, reader, 0, 6.0 + self.guests / 100)
        return consents.accept(user, challenge.id, path, True)

    def voice(self, user: User, consent: Consent, sample: Sample, reader: str) -> Voice:
        """Make a voice of a recording, as a tuning would."""
        from voicehub.training.finetune import Score

        Comparison(self.runtime).require(consent, [sample])
        if reader not in self.models:
            self.models[reader] = zero_shot(self.runtime, reader)
        draft = Voice(
            new_id(), "Ada", now(), "adapter", self.runtime.base.id, "", "", consent.id,
            owner_id=user.id, expires=user.expires,
        )  # fmt: skip
        heard = [Recording(sample.sha256, sample.seconds, sample.quality)]
        keeper = VersionKeeper(self.runtime, draft, heard, new_id())
        keeper.add(Score(0, 0.0, 1.0, self.models[reader]), 0.5)
        return keeper.voice()


def denied_people(runtime: Runtime, folder: Path) -> Iterator[Denied]:
    """Yield one of each: no consent, not heard, refused, another's, revoked, over, other uses."""
    make, (reader, other) = People(runtime, folder), READERS
    user, token, sample = make.guest(other)
    yield Denied("no consent", user, token, [sample], over=True)
    for why in ("not reviewed yet", "refused by a reviewer"):
        user, token, sample = make.guest(other)
        consent = make.consent(user, other, "waiting")
        if why.startswith("refused"):
            Reviews(runtime).decide(consent.id, False)
        yield Denied(why, user, token, [sample], consent, over=True)
    user, token, sample = make.guest(other)
    consent = make.consent(user, reader)
    yield Denied("another's recordings", user, token, [sample], consent, allowed=_BARE_VOICE)
    yield from _with_voices(runtime, make, other)


def _with_voices(runtime: Runtime, make: People, reader: str) -> Iterator[Denied]:
    """Yield those who have, or had, a voice; each is gone before the next comes to agree."""
    for why in ("revoked", "for conversion alone", "for speech alone", "over"):
        until = from_now(_TERM_SECONDS) if why == "over" else None
        allowed = Allowed(why != "for conversion alone", why != "for speech alone", until=until)
        user, token, sample = make.guest(reader)
        consent = make.consent(user, reader, allowed=allowed)
        voice = make.voice(user, consent, sample, reader)
        denied = Denied(why, user, token, [sample], consent, [voice])
        if why == "over":
            denied.queued = [Studio(runtime).speak(user, voice.id, "Hello.")]
            while until is not None and until > now():
                time.sleep(0.5)
            denied.over = True
        elif why == "revoked":
            Library(runtime).revoke(user, voice.id)
            denied.over, denied.samples = True, []
        else:
            denied.allowed = _OTHER_USES[why]
        yield denied
        if why != "revoked":
            Library(runtime).revoke(user, voice.id)


# A row of a voice, under a consent of one's own that holds, is nothing that speaks yet.
_BARE_VOICE = frozenset({"a voice, foreign keys ON", "a voice, foreign keys OFF"})
_MAKING = _BARE_VOICE | {
    "clone", "clone again", "export", "evaluate", "a version, foreign keys ON",
    "a version, foreign keys OFF",
}  # fmt: skip
_OTHER_USES = {
    "for conversion alone": _MAKING | {"convert", "convert job"},
    "for speech alone": _MAKING | {"preview", "speak", "speak job", "speak to a file"},
}


def silence(path: Path) -> Path:
    """Write four seconds in which nobody speaks."""
    write_audio(path, Waveform(np.zeros(4 * SAMPLE_RATE, np.float32)))
    return path


def row_attempts(
    runtime: Runtime, denied: Denied
) -> Iterator[tuple[str, str, Callable[[], object]]]:
    """Yield what can be tried by writing to the file of the database itself."""
    owner, sha, at = denied.user.id, "b" * 64, now()
    consent_id = denied.consent.id if denied.consent else "nobody's"
    voice_id = denied.voices[0].id if denied.voices else "none"
    statements = {
        "a consent that nobody heard": (
            "INSERT INTO consents (id, kind, created, statement_sha256, text_version, user_id, state)"
            " VALUES (?, 'spoken', ?, ?, '2', ?, 'recorded')", (new_id(), at, sha, owner)),
        "a consent without a code": (
            "INSERT INTO consents (id, kind, created, statement_sha256, text_version, user_id, state,"
            " verification) VALUES (?, 'spoken', ?, ?, '2', ?, 'verified',"
            " '{\"verdict\": \"verified\"}')", (new_id(), at, sha, owner)),
        "a consent that was accepted already": (
            "INSERT INTO consents (id, kind, created, statement_sha256, text_version, user_id, state)"
            " VALUES (?, 'spoken', ?, ?, '2', ?, 'accepted')", (new_id(), at, sha, owner)),
        "a licence that is a statement": (
            "INSERT INTO consents (id, kind, created, statement_sha256, text_version, user_id, state)"
            " VALUES (?, 'spoken', ?, ?, '2', ?, 'licensed')", (new_id(), at, sha, owner)),
        "a voice": (
            "INSERT INTO voices (id, name, created, kind, base_id, folder, sha256, consent_id,"
            " owner_id) VALUES (?, 'X', ?, 'adapter', 'b', ?, ?, ?, ?)",
            (new_id(), at, new_id(), sha, consent_id, owner)),
        "a version": (
            "INSERT INTO checkpoints (id, voice_id, number, step, folder, sha256, kind, base_id,"
            " created) VALUES (?, ?, 99, 0, ?, ?, 'adapter', 'b', ?)",
            (new_id(), voice_id, new_id(), sha, at)),
        "a recording": ("INSERT INTO recordings VALUES (?, ?, 1.0, '{}')", (voice_id, sha)),
        "speech in the log": (
            "INSERT INTO generations VALUES (?, ?, ?, ?, ?, 1.0, ?)",
            (new_id(), voice_id, consent_id, at, _kind(denied), sha)),
        "speech in the history": (
            "INSERT INTO speeches (id, user_id, voice_id, kind, text, path, sha256, seconds, format,"
            " created) VALUES (?, ?, ?, ?, 'x', 'x', ?, 1.0, 'wav', ?)",
            (new_id(), owner, voice_id, _kind(denied), sha, at)),
        "a job that speaks": (
            "INSERT INTO jobs (id, user_id, kind, lane, config, voice_id, created)"
            " VALUES (?, ?, ?, 'speech', '{}', ?, ?)",
            (new_id(), owner, _kind(denied), voice_id, at)),
        "somebody else's job": (
            "INSERT INTO jobs (id, user_id, kind, lane, config, consent_id, created)"
            " VALUES (?, 'operator', 'clone', 'training', '{}', ?, ?)", (new_id(), consent_id, at)),
        "a comparison that a person is said to have accepted": (
            "INSERT INTO recording_checks (id, consent_id, sha256, score, state, accept, refuse,"
            " checked_by, created) VALUES (?, ?, ?, 0.1, 'accepted', 0.8, 0.7, 'x', ?)",
            (new_id(), consent_id, sha, at)),
        "a comparison that matched below its threshold": (
            "INSERT INTO recording_checks (id, consent_id, sha256, score, state, accept, refuse,"
            " checked_by, created) VALUES (?, ?, ?, 0.1, 'matched', 0.8, 0.7, 'x', ?)",
            (new_id(), consent_id, sha, at)),
    }  # fmt: skip
    changes = (
        ("a consent allowed more", "UPDATE consents SET for_speech = 1 - for_speech WHERE id = ?"),
        ("a consent made longer", "UPDATE consents SET until = '2999-01-01' WHERE id = ?"),
        ("a consent verified", "UPDATE consents SET state = 'verified', review_note = 'x' WHERE id = ?"),
        ("a consent accepted by nobody", "UPDATE consents SET state = 'accepted' WHERE id = ?"),
        ("a consent given away", "UPDATE consents SET user_id = 'operator', scope = 'all' WHERE id = ?"),
        ("a revocation taken back", "UPDATE consents SET revoked = NULL, name = 'x' WHERE id = ?"),
    )  # fmt: skip
    for what, (query, values) in statements.items():
        for keys in ("ON", "OFF"):
            yield "rows", f"{what}, foreign keys {keys}", _writing(runtime, query, values, keys)
    for what, query in changes if denied.consent else ():
        yield "rows", what, _writing(runtime, query, (consent_id,), "OFF")


def _kind(denied: Denied) -> str:
    return "convert" if denied.why == "for speech alone" else "speak"


def _writing(
    runtime: Runtime, query: str, values: Sequence[object], keys: str
) -> Callable[[], object]:
    def write() -> None:
        with closing(sqlite3.connect(runtime.home / "voicehub.db", timeout=15.0)) as db:
            db.execute(f"PRAGMA foreign_keys={keys}")
            if keys == "OFF":
                db.execute("PRAGMA ignore_check_constraints=ON")
            db.execute(query, tuple(values))
            db.commit()

    return write
