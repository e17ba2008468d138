"""Visitors who have something already: a consent, samples, a voice, in no time."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

from drills.recordings import demo_recordings
from drills.visitor import Visitor
from voicehub.services.accounts import Accounts
from voicehub.services.consent import consent_from
from voicehub.services.demo import BASIS
from voicehub.services.runtime import Runtime
from voicehub.services.versions import VersionKeeper
from voicehub.store.challenges import ChallengeStore
from voicehub.store.check_records import RecordingCheck
from voicehub.store.records import Challenge, Consent, Recording, User, Voice
from voicehub.store.rows import from_now, new_id, now
from voicehub.store.store import Store

if TYPE_CHECKING:  # torch is imported where a voice is made
    from voicehub.model.voice import VoiceModel

STATEMENT_SECONDS = 6.0
SCOPE = "a drill"


def give_consent(visitor: Visitor, name: str, statement: Path, language: str = "en") -> None:
    """Read the statement aloud: ``statement`` is what the microphone heard."""
    visitor.call("consent_statement", name, language, SCOPE, True)
    visitor.call("give_consent", visitor.upload(statement), True)


def give_sample(visitor: Visitor, path: Path) -> list[object]:
    """Give a recording, and return what the page then shows."""
    return visitor.call("add_sample", visitor.upload(path))


def zero_shot(runtime: Runtime, reader: str) -> "VoiceModel":
    """Return the voice of a bundled reader as it is without tuning."""
    from voicehub.audio.files import read_audio
    from voicehub.training.finetune import zero_shot_voice

    return zero_shot_voice(runtime.base, [read_audio(demo_recordings(reader)[0])])


def new_guest(runtime: Runtime) -> tuple[User, str]:
    """Return a guest and the value of their session cookie."""
    return Accounts(runtime).guest()


def give_voice(runtime: Runtime, user: User, model: "VoiceModel", name: str) -> Voice:
    """Put a voice into a user's hands, under a corpus licence of their own."""
    consent = consent_from(BASIS, user.id)
    runtime.store.add_consent(consent)
    return _keep(runtime, user, model, name, consent)


def give_sold_voice(runtime: Runtime, user: User, model: "VoiceModel", name: str) -> Voice:
    """Put a voice into an account's hands whose spoken consent allows its sale."""
    consent = sold_consent(runtime.store, user.id, name)
    check = RecordingCheck(
        new_id(), consent.id, _HEARD.sha256, 0.9, "matched", 0.8, 0.7, "drills", now()
    )
    runtime.checks.add([check])
    return _keep(runtime, user, model, name, consent)


def sold_consent(store: Store, user_id: str, name: str) -> Consent:
    """Keep and return a checked consent that allows the sale of a voice.

    Nobody spoke it: it is for installations that are thrown away with all that was made there.
    """
    challenge = Challenge(
        new_id(), user_id, "en", name, SCOPE, "code", "text", "2", now(), from_now(600.0),
        for_sale=True,
    )  # fmt: skip
    ChallengeStore(store.database).add(challenge)
    consent = Consent(
        new_id(), "spoken", now(), "0" * 64, "2", user_id=user_id, name=name, scope=SCOPE,
        challenge_id=challenge.id, state="verified", verification={"verdict": "verified"},
        for_sale=True,
    )  # fmt: skip
    store.add_consent(consent)
    return consent


_HEARD = Recording("0" * 64, 10.0, {"level": "pass", "checks": []})


def _keep(runtime: Runtime, user: User, model: "VoiceModel", name: str, consent: Consent) -> Voice:
    from voicehub.training.finetune import Score

    draft = Voice(
        new_id(), name, now(), "adapter", runtime.base.id, "", "", consent.id,
        owner_id=user.id, expires=user.expires,
    )  # fmt: skip
    keeper = VersionKeeper(runtime, draft, [_HEARD], new_id())
    keeper.add(Score(0, 0.0, 1.0, model), 0.5)
    return keeper.voice()


def speech_of(value: object) -> list[str]:
    """Return the addresses of finished speech in what the page shows."""
    from drills.visitor import addresses

    return [each for each in addresses(value) if each.startswith("/files/speech/")]


def plain(value: object) -> str:
    """Return all text in what a function filled."""
    return json.dumps(value, ensure_ascii=False)
