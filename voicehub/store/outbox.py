"""What is to go to a hub, or to be erased there: rows that wait until it is done, whatever happens."""

from dataclasses import asdict

from sqlite_utils import Database as SqliteDatabase

from voicehub.errors import InputError, NotFoundError
from voicehub.store.database import Database
from voicehub.store.hub_records import Delivery
from voicehub.store.rows import insert, new_id, now, select, select_one

_ACTIVE = (
    "SELECT 1 FROM jobs WHERE kind = 'hub' AND state IN ('queued', 'running')"
    " AND json_extract(config, '$.outbox_id') = outbox.id"
)


class OutboxStore:
    """Uploads and erasures; each row brings its own job, see the triggers of migration 0006."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def publish(self, delivery: Delivery) -> Delivery:
        """Ask for an upload; asking again while it waits is asking once.

        Raises ``ConsentError`` where the voice may not go out, ``InputError`` where the repository
        waits for another voice.
        """
        with self.database.write() as db:
            waiting = "endpoint = ? AND repo = ? AND action = 'publish' AND state = 'waiting'"
            values = [delivery.endpoint, delivery.repo]
            known = select_one(db, Delivery, "outbox", waiting, values)
            if known is not None and known.voice_id != delivery.voice_id:
                raise InputError(f"another voice is on its way to {delivery.repo}; wait for it")
            if known is None:
                insert(db, "outbox", asdict(delivery))
            return known or delivery

    def withdraw(self, voice_id: str, user_id: str) -> list[Delivery]:
        """Ask for the erasure of every copy of a voice; uploads of it that wait are void."""
        with self.database.write() as db:
            db.execute(
                "UPDATE outbox SET state = 'void', finished = ?"
                " WHERE voice_id = ? AND action = 'publish' AND state = 'waiting'",
                [now(), voice_id],
            )
            where = "voice_id = ? AND action = 'publish' AND withdrawn IS NULL"
            sent = select(db, Delivery, "outbox", where, [voice_id])
            for endpoint, repo in sorted({(each.endpoint, each.repo) for each in sent}):
                _add_withdrawal(db, endpoint, repo, voice_id, user_id)
            return _waiting(db, voice_id)

    def get(self, delivery_id: str) -> Delivery:
        """Return one row, whoever's it is."""
        with self.database.read() as db:
            found = select_one(db, Delivery, "outbox", "id = ?", [delivery_id])
        if found is None:
            raise NotFoundError(f"there is no delivery {delivery_id!r}")
        return found

    def of_voice(self, voice_id: str) -> list[Delivery]:
        """Return what was asked for with a voice, oldest first."""
        with self.database.read() as db:
            where = "voice_id = ? ORDER BY created, rowid"
            return select(db, Delivery, "outbox", where, [voice_id])

    def waiting(self, voice_id: str | None = None) -> list[Delivery]:
        """Return what is not done yet, of one voice or of all."""
        with self.database.read() as db:
            return _waiting(db, voice_id)

    def uploading(self, delivery: Delivery) -> bool:
        """Return whether an upload to the same place runs at this moment."""
        with self.database.read() as db:
            found = db.execute(
                "SELECT 1 FROM jobs JOIN outbox"
                " ON outbox.id = json_extract(jobs.config, '$.outbox_id')"
                " WHERE jobs.kind = 'hub' AND jobs.state = 'running'"
                " AND outbox.action = 'publish' AND outbox.endpoint = ? AND outbox.repo = ?",
                [delivery.endpoint, delivery.repo],
            )
            return found.fetchone() is not None

    def published(self, delivery: Delivery, revision: str, tag: str, manifest_sha256: str) -> bool:
        """Record that an upload is there; False where it is no longer wanted, so that it must go."""
        with self.database.write() as db:
            done = db.execute(
                "UPDATE outbox SET state = 'done', finished = ?, revision = ?, tag = ?,"
                " manifest_sha256 = ?, error = NULL WHERE id = ? AND state = 'waiting'",
                [now(), revision, tag, manifest_sha256, delivery.id],
            )
            return done.rowcount == 1

    def erased(self, delivery: Delivery) -> None:
        """Record that nothing of a voice is left in its repository."""
        with self.database.write() as db:
            db.execute(
                "UPDATE outbox SET state = 'done', finished = ?, error = NULL"
                " WHERE id = ? AND state = 'waiting'",
                [now(), delivery.id],
            )
            db.execute(
                "UPDATE outbox SET withdrawn = ? WHERE endpoint = ? AND repo = ? AND voice_id = ?"
                " AND action = 'publish' AND state <> 'waiting' AND withdrawn IS NULL",
                [now(), delivery.endpoint, delivery.repo, delivery.voice_id],
            )

    def failed(self, delivery: Delivery, error: str) -> None:
        """Record why it is not done yet."""
        with self.database.write() as db:
            db.execute(
                "UPDATE outbox SET error = ? WHERE id = ? AND state = 'waiting'",
                [error, delivery.id],
            )

    def void(self, delivery: Delivery) -> None:
        """Give up an upload that was refused for good; nothing of it lies there."""
        with self.database.write() as db:
            db.execute(
                "UPDATE outbox SET state = 'void', finished = ? WHERE id = ? AND state = 'waiting'",
                [now(), delivery.id],
            )

    def queue_again(self, voice_id: str | None = None) -> int:
        """Give a new job to each row that waits without one; return how many."""
        with self.database.write() as db:
            where = f"state = 'waiting' AND (? IS NULL OR voice_id = ?) AND NOT EXISTS ({_ACTIVE})"
            lost = select(db, Delivery, "outbox", where, [voice_id, voice_id])
            for each in lost:
                row = {"id": new_id(), "user_id": each.user_id, "kind": "hub", "lane": "hub"}
                config = {"outbox_id": each.id}
                insert(db, "jobs", row | {"config": config, "created": now()})
            return len(lost)


def _waiting(db: SqliteDatabase, voice_id: str | None) -> list[Delivery]:
    where = "state = 'waiting' AND (? IS NULL OR voice_id = ?) ORDER BY created, rowid"
    return select(db, Delivery, "outbox", where, [voice_id, voice_id])


def _add_withdrawal(
    db: SqliteDatabase, endpoint: str, repo: str, voice_id: str, user_id: str
) -> None:
    where = "endpoint = ? AND repo = ? AND action = 'withdraw' AND state = 'waiting'"
    if select_one(db, Delivery, "outbox", where, [endpoint, repo]) is None:
        row = Delivery(new_id(), "withdraw", endpoint, repo, voice_id, user_id, now())
        insert(db, "outbox", asdict(row))
