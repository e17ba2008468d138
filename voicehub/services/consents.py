"""Consent by voice: a challenge with a single-use code, read aloud, kept with its hash."""

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from voicehub.audio.files import read_audio
from voicehub.audio.formats import suffix_of
from voicehub.audio.waveform import Waveform
from voicehub.consent.codes import new_code
from voicehub.consent.fingerprint import fingerprint
from voicehub.errors import ConsentError, LimitError, NotFoundError
from voicehub.services.consent import (
    CODED_TEXT_VERSION,
    MAX_SCOPE,
    MAX_STATEMENT_SECONDS,
    checked_language,
    file_sha256,
    statement_text,
)
from voicehub.services.misuse import check_new_name
from voicehub.services.names import checked_phrase
from voicehub.services.receipts import Receipt
from voicehub.services.removal import remove_consent
from voicehub.services.replays import remember
from voicehub.services.runtime import Runtime
from voicehub.services.storage import beside, made
from voicehub.services.verification import StatementCheck, StatementVerifier, Verdict
from voicehub.services.voiceprints import Impostors, kept_print
from voicehub.store.records import Challenge, Consent, ConsentState, User
from voicehub.store.rows import from_now, new_id, now

_DAY, _MINUTE = 86_400.0, 60.0


@dataclass(frozen=True)
class Allowed:
    """What a consent is given for, and until which time (UTC, ISO 8601); None is until revoked."""

    speech: bool = True
    conversion: bool = True
    sale: bool = False
    until: str | None = None

    def __post_init__(self) -> None:
        if not (self.speech or self.conversion):
            raise ConsentError(
                "choose what the voice may be used for: speaking, converting or both"
            )
        if self.until is not None and self.until <= now():
            raise ConsentError(f"a consent until {self.until[:10]} would be over already")


class Consents:
    """The spoken consents of users; ``verifier`` decides whether a reading answers a challenge."""

    def __init__(self, runtime: Runtime, verifier: StatementVerifier | None = None) -> None:
        self.runtime, self.store = runtime, runtime.store
        self.challenges = runtime.challenges
        self.verifier = verifier or runtime.verifier or StatementCheck(runtime)
        self.impostors = Impostors(runtime)

    def challenge(
        self,
        user: User,
        language: str,
        name: str,
        scope: str,
        allowed: Allowed | None = None,
    ) -> Challenge:
        """Return new words to read aloud; they can be answered once, for ten minutes."""
        allowed = allowed or Allowed()
        checked_language(language)
        name = checked_phrase("the owner's name", name)
        scope = checked_phrase("the purpose", scope, MAX_SCOPE)
        check_new_name(self.runtime, user.id, name)
        self._check_attempts(user)
        code = new_code(language)
        challenge = Challenge(
            id=new_id(),
            user_id=user.id,
            language=language,
            name=name,
            scope=scope,
            code=code,
            text=statement_text(language, name, scope, code),
            text_version=CODED_TEXT_VERSION,
            created=now(),
            expires=from_now(self.runtime.limits.challenge_minutes * _MINUTE),
            for_speech=allowed.speech,
            for_conversion=allowed.conversion,
            for_sale=allowed.sale,
            until=allowed.until,
        )
        self.challenges.add(challenge)
        return challenge

    def accept(
        self, user: User, challenge_id: str, recording: Path, agreed_biometric: bool
    ) -> Consent:
        """Return the consent that a reading of a challenge gives; the recording of it is kept.

        One that is not clear waits for a person, and holds when they accept it. Raises
        ``ConsentError`` where it was refused, answered before, or comes too late.
        """
        if not agreed_biometric:
            raise ConsentError(
                "agree that the voice is measured and compared: without that none can be made"
            )
        self._check_attempts(user)
        waveform = read_audio(recording, max_seconds=MAX_STATEMENT_SECONDS)
        challenge = self.challenges.attempt(challenge_id, user.id)
        verdict = self.verifier.verify(challenge, waveform)
        if not verdict.accepted:
            told = {"checked_by": verdict.checked_by.lower()}
            self.runtime.audit.record("consent.refused", user.id, challenge.id, told)
            raise ConsentError(verdict.reason)
        if verdict.verdict == "licensed":
            return self._licensed(user, challenge, verdict)
        return self._keep(user, challenge, (recording, waveform), verdict)

    def of_user(self, user: User) -> list[Consent]:
        """Return a user's consents, newest first, the revoked ones too."""
        return self.store.consents(user.id)[::-1]

    def statement(self, user: User, consent_id: str) -> Path:
        """Return where the recording of a user's own statement lies."""
        consent = self.store.own_consent(consent_id, user.id)
        path = self.runtime.home / (consent.statement_path or "")
        if not path.is_file():
            raise NotFoundError("the recording of this statement is not there any more")
        return path

    def revoke(self, user: User, consent_id: str) -> Receipt:
        """End a consent: nothing new starts, what runs stops, and all that was made goes."""
        return remove_consent(self.runtime, user.id, self.store.own_consent(consent_id, user.id))

    def _licensed(self, user: User, challenge: Challenge, verdict: Verdict) -> Consent:
        """Record that the reader is one of an open corpus: its licence is what holds."""
        consent = Consent(
            id=new_id(),
            kind="corpus-licence",
            created=now(),
            licence=verdict.scores["licence"],
            attribution=verdict.scores["attribution"],
            user_id=user.id,
            language=challenge.language,
            name=challenge.name,
            scope=challenge.scope,
            challenge_id=challenge.id,
            verification=verdict.as_dict(),
            spoken_at=now(),
            state="licensed",
            **_allowed(challenge),
        )
        self.store.add_consent(consent)
        return consent

    def _keep(
        self, user: User, challenge: Challenge, heard: tuple[Path, Waveform], verdict: Verdict
    ) -> Consent:
        recording, waveform = heard
        # What nobody compared is not believed: a person listens.
        state: ConsentState = "verified" if verdict.verdict == "verified" else "waiting"
        consent_id = new_id()
        path = f"statements/{consent_id}{suffix_of(recording)}"
        target = self.runtime.home / path
        made(target.parent)
        shutil.copyfile(recording, target)
        consent = Consent(
            id=consent_id,
            kind="spoken",
            created=now(),
            statement_sha256=file_sha256(target),
            text_version=challenge.text_version,
            user_id=user.id,
            language=challenge.language,
            name=challenge.name,
            scope=challenge.scope,
            challenge_id=challenge.id,
            statement_path=path,
            verification=verdict.as_dict() | {"verdict": state, "agreed_biometric": True},
            spoken_at=now(),
            state=state,
            **_allowed(challenge),
        )
        try:
            vector = kept_print(target, waveform)
            self.impostors.check(user.id, vector, consent.statement_sha256 or "")
            self.store.add_consent(consent)
        except BaseException:
            for each in beside(target):
                each.unlink()
            raise
        remember(self.runtime.prints, "statement", consent_id, fingerprint(waveform))
        return consent

    def _check_attempts(self, user: User) -> None:
        """Refuse a user who failed too often today; readings that were accepted do not count."""
        today = self.challenges.of_user(user.id, from_now(-_DAY))
        failed = sum(each.attempts - (each.used is not None) for each in today)
        allowed = self.runtime.limits.statement_attempts
        if failed >= allowed:
            raise LimitError(
                f"{failed} readings of the statement failed in a day and {allowed} are allowed; "
                "try again tomorrow"
            )


def _allowed(challenge: Challenge) -> dict[str, Any]:
    return {
        "for_speech": challenge.for_speech,
        "for_conversion": challenge.for_conversion,
        "for_sale": challenge.for_sale,
        "until": challenge.until,
    }
