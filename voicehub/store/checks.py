"""Recordings compared with statements, and what waits for a person: the reviewer's queue."""

from collections.abc import Sequence
from dataclasses import asdict

from voicehub.errors import InputError, NotFoundError
from voicehub.store.chain import audit
from voicehub.store.check_records import RecordingCheck
from voicehub.store.database import Database
from voicehub.store.records import OPERATOR, Consent
from voicehub.store.rows import insert, now, select, select_one


class CheckStore:
    """Comparisons; the database lets no voice be made of a recording without one that counts."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def add(self, checks: Sequence[RecordingCheck]) -> None:
        """Record comparisons; one that is known is left as it is."""
        with self.database.write() as db:
            for check in checks:
                where = "consent_id = ? AND sha256 = ?"
                values = [check.consent_id, check.sha256]
                if select_one(db, RecordingCheck, "recording_checks", where, values) is None:
                    insert(db, "recording_checks", asdict(check))

    def of_consent(self, consent_id: str) -> list[RecordingCheck]:
        """Return all comparisons with the statement of a consent, oldest first."""
        with self.database.read() as db:
            where = "consent_id = ? ORDER BY created, id"
            return select(db, RecordingCheck, "recording_checks", where, [consent_id])

    def waiting(self) -> tuple[list[Consent], list[RecordingCheck]]:
        """Return the statements and the comparisons that wait for a person, oldest first."""
        with self.database.read() as db:
            holds = "state = 'waiting' AND revoked IS NULL ORDER BY created, id"
            consents = select(db, Consent, "consents", holds)
            where = (
                "state = 'waiting' AND consent_id IN (SELECT id FROM consents WHERE revoked IS NULL)"
                " ORDER BY created, id"
            )
            return consents, select(db, RecordingCheck, "recording_checks", where)

    def review(self, row_id: str, accept: bool, note: str, actor: str = OPERATOR) -> str:
        """Decide about what waits; return the consent that it concerns.

        Raises ``InputError`` where it was decided before.
        """
        state = "accepted" if accept else "refused"
        with self.database.write() as db:
            consent = select_one(db, Consent, "consents", "id = ?", [row_id])
            check = select_one(db, RecordingCheck, "recording_checks", "id = ?", [row_id])
            found = consent or check
            if found is None:
                raise NotFoundError(f"nothing with the identifier {row_id!r} waits for a review")
            if found.state != "waiting":
                raise InputError(f"this waits for nobody: it is {found.state} already")
            table = "consents" if consent else "recording_checks"
            db.execute(
                f"UPDATE {table} SET state = ?, reviewed = ?, review_note = ? WHERE id = ?",
                [state, now(), note or None, row_id],
            )
            concerned = check.consent_id if check is not None else row_id
            what = "statement" if consent else "recording"
            audit(db, f"review.{state}", actor, row_id, {"what": what, "consent_id": concerned})
        return concerned
