"""Reports of misuse from anybody: received, acknowledged, decided; each step stands in the audit log."""

from dataclasses import asdict

from sqlite_utils import Database as SqliteDatabase

from voicehub.errors import InputError, NotFoundError
from voicehub.store.chain import audit
from voicehub.store.checkpoints import owner_of
from voicehub.store.database import Database
from voicehub.store.misuse_records import Decision, Report
from voicehub.store.records import OPERATOR
from voicehub.store.rows import insert, new_id, now, select, select_one
from voicehub.store.takedowns import lift, take_down

ANYBODY = "anybody"  # who reports stays unknown to the log


class ReportStore:
    """Reports, the takedowns and strikes that come of them, and appeals."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def add(self, report: Report, reporter: str = ANYBODY) -> None:
        """Record a report."""
        with self.database.write() as db:
            insert(db, "reports", asdict(report))
            told = {"category": report.category, "voice_id": report.voice_id}
            audit(db, "report.received", reporter, report.id, told)

    def get(self, report_id: str) -> Report:
        """Return one report, or raise ``NotFoundError``."""
        with self.database.read() as db:
            return _one(db, report_id)

    def every(self, state: str | None = None) -> list[Report]:
        """Return the reports, or those in a state, what is due first."""
        where = "(? IS NULL OR state = ?) ORDER BY state = 'decided', decide_by, id"
        with self.database.read() as db:
            return select(db, Report, "reports", where, [state, state])

    def voice_of(self, about: str) -> str | None:
        """Return the voice that an identifier of it, of its listing, of speech, or a hash of speech leads to."""
        with self.database.read() as db:
            for query in (
                "SELECT id FROM voices WHERE id = ?",
                "SELECT voice_id FROM listings WHERE id = ?",
                "SELECT voice_id FROM speeches WHERE id = ?",
                "SELECT voice_id FROM generations WHERE sha256 = ?",
                "SELECT voice_id FROM speeches WHERE sha256 = ?",
            ):
                found = db.execute(query, [about]).fetchone()
                if found:
                    return str(found[0])
        return None

    def acknowledge(self, report_id: str, actor: str = OPERATOR) -> Report:
        """Say that somebody looks at a report; once it was acknowledged nothing changes."""
        with self.database.write() as db:
            _acknowledge(db, _one(db, report_id), actor)
            return _one(db, report_id)

    def decide(
        self, report_id: str, decision: Decision, actor: str = OPERATOR, strike: bool = True
    ) -> Report:
        """Decide a report, or decide it anew as after an appeal.

        Upheld, its voice is taken down and with ``strike`` its owner gets one, the operator none;
        rejected, both are taken back.
        """
        with self.database.write() as db:
            report = _one(db, report_id)
            if report.decision == decision:
                raise InputError(f"this report was {decision} before")
            _acknowledge(db, report, actor)
            db.execute(
                "UPDATE reports SET state = 'decided', decided = ?, decision = ? WHERE id = ?",
                [now(), decision, report_id],
            )
            audit(db, f"report.{decision}", actor, report_id, {"voice_id": report.voice_id})
            if report.voice_id is not None:
                if decision == "upheld":
                    _uphold(db, report.voice_id, report_id, actor, strike)
                else:
                    _take_back(db, report.voice_id, report_id, actor)
            return _one(db, report_id)

    def against(self, owner_id: str) -> list[Report]:
        """Return the upheld reports by which an owner's voices are down."""
        where = (
            "id IN (SELECT report_id FROM takedowns JOIN voices ON voices.id = takedowns.voice_id"
            " WHERE lifted IS NULL AND owner_id = ? AND status = 'ready') ORDER BY decided, id"
        )
        with self.database.read() as db:
            return select(db, Report, "reports", where, [owner_id])

    def appeal(self, report_id: str, owner_id: str, words: str) -> Report:
        """Note why an owner does not agree; one appeal for each takedown."""
        with self.database.write() as db:
            report = _one(db, report_id)
            owned = db.execute(
                "SELECT 1 FROM takedowns JOIN voices ON voices.id = takedowns.voice_id"
                " WHERE report_id = ? AND lifted IS NULL AND (owner_id = ? OR ? = ?)",
                [report_id, owner_id, owner_id, OPERATOR],
            ).fetchone()
            if not owned:
                raise NotFoundError(f"there is no takedown by the report {report_id!r}")
            if report.appeal is not None:
                raise InputError("an appeal against this takedown was noted before")
            db.execute(
                "UPDATE reports SET appeal = ?, appealed = ? WHERE id = ?",
                [words, now(), report_id],
            )
            audit(db, "report.appealed", owner_id, report_id, {"voice_id": report.voice_id})
            return _one(db, report_id)

    def strikes(self, user_id: str) -> int:
        """Return how many upheld reports count against a user."""
        where = "user_id = ? AND withdrawn IS NULL"
        with self.database.read() as db:
            found = db.execute(f"SELECT count(*) FROM strikes WHERE {where}", [user_id])
            return int(found.fetchone()[0])

    def strikes_against(self, voice_id: str) -> int:
        """Return how many count against the owner of a voice."""
        with self.database.read() as db:
            return self.strikes(owner_of(db, voice_id))


def _one(db: SqliteDatabase, report_id: str) -> Report:
    found = select_one(db, Report, "reports", "id = ?", [report_id])
    if found is None:
        raise NotFoundError(f"there is no report {report_id!r}")
    return found


def _acknowledge(db: SqliteDatabase, report: Report, actor: str) -> None:
    if report.acknowledged is None:
        db.execute(
            "UPDATE reports SET state = 'acknowledged', acknowledged = ? WHERE id = ?",
            [now(), report.id],
        )
        audit(db, "report.acknowledged", actor, report.id)


def _uphold(db: SqliteDatabase, voice_id: str, report_id: str, actor: str, strike: bool) -> None:
    take_down(db, voice_id, report_id)
    audit(db, "voice.taken_down", actor, voice_id, {"report_id": report_id})
    owner = owner_of(db, voice_id)
    if strike and owner != OPERATOR:
        row = {"id": new_id(), "user_id": owner, "report_id": report_id, "at": now()}
        insert(db, "strikes", row)
        audit(db, "strike.given", actor, owner, {"report_id": report_id})


def _take_back(db: SqliteDatabase, voice_id: str, report_id: str, actor: str) -> None:
    """Lift the takedown and the strike of a report; other reports' hold on."""
    where = "report_id = ? AND withdrawn IS NULL"
    gone = db.execute(f"UPDATE strikes SET withdrawn = ? WHERE {where}", [now(), report_id])
    if gone.rowcount:
        audit(db, "strike.withdrawn", actor, report_id)
    others = db.execute(
        "SELECT 1 FROM reports WHERE voice_id = ? AND id <> ? AND decision = 'upheld'",
        [voice_id, report_id],
    ).fetchone()
    if not others and lift(db, voice_id):
        audit(db, "voice.restored", actor, voice_id, {"report_id": report_id})
