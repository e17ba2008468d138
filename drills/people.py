"""Visitors who have something already: a consent, samples, a voice, in no time."""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from drills.recordings import demo_recordings
from drills.visitor import Visitor
from voicehub.services.accounts import Accounts
from voicehub.services.consent import consent_from
from voicehub.services.demo import BASIS
from voicehub.services.runtime import Runtime
from voicehub.services.versions import VersionKeeper
from voicehub.store.records import Consent, Recording, User, Voice
from voicehub.store.rows import new_id, now

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


# A spoken consent for drills that measure; nobody spoke it, and the installation is thrown away.
SPOKEN = Consent("", "spoken", "", "0" * 64, "2", name="Drill", scope=SCOPE)


def give_voice(
    runtime: Runtime, user: User, model: "VoiceModel", name: str, basis: Consent | None = None
) -> Voice:
    """Put a voice into a user's hands; without ``basis`` under a corpus licence of their own."""
    from voicehub.training.finetune import Score

    consent = consent_from(BASIS, user.id)
    if basis is not None:
        consent = replace(basis, id=new_id(), created=now(), user_id=user.id)
    runtime.store.add_consent(consent)
    draft = Voice(
        new_id(), name, now(), "adapter", runtime.base.id, "", "", consent.id,
        owner_id=user.id, expires=user.expires,
    )  # fmt: skip
    heard: Sequence[Recording] = [Recording("0" * 64, 10.0, {"level": "pass", "checks": []})]
    keeper = VersionKeeper(runtime, draft, heard, new_id())
    keeper.add(Score(0, 0.0, 1.0, model), 0.5)
    return keeper.voice()


def speech_of(value: object) -> list[str]:
    """Return the addresses of finished speech in what the page shows."""
    from drills.visitor import addresses

    return [each for each in addresses(value) if each.startswith("/files/speech/")]


def plain(value: object) -> str:
    """Return all text in what a function filled."""
    return json.dumps(value, ensure_ascii=False)
