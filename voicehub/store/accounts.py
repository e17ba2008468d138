"""Who uses this installation: guests, accounts and the browsers that are known."""

from dataclasses import asdict
from typing import Literal

from sqlite_utils import Database as SqliteDatabase

from voicehub.errors import InputError, NotFoundError
from voicehub.store.chain import audit
from voicehub.store.database import Database
from voicehub.store.erasure import erase
from voicehub.store.records import Erased, Sample, Session, User, Voice
from voicehub.store.rows import insert, now, select, select_one

_ALIVE = "deleted IS NULL AND (expires IS NULL OR expires > ?)"
_TAKEN = "there is an account called {!r} already; choose another name, or log in"


class AccountStore:
    """Users and their sessions."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def add(self, user: User) -> None:
        """Record a user; raise ``InputError`` where the name of a local account is taken."""
        with self.database.write() as db:
            if user.kind == "local" and user.name is not None:
                _check_free(db, user.name)
            insert(db, "users", asdict(user))
            if user.kind != "guest":  # of a guest the log tells what they do, not that they came
                audit(db, "account.made", user.id, user.id, {"kind": user.kind})

    def get(self, user_id: str) -> User:
        """Return a user who is still there, or raise ``NotFoundError``."""
        with self.database.read() as db:
            return _alive(db, user_id)

    def by_name(self, name: str) -> User | None:
        """Return the local account of this name, whatever its case."""
        where = f"kind = 'local' AND name = ? COLLATE NOCASE AND {_ALIVE}"
        with self.database.read() as db:
            return select_one(db, User, "users", where, [name, now()])

    def by_subject(self, subject: str) -> User | None:
        """Return the account of this identifier at Hugging Face."""
        with self.database.read() as db:
            return select_one(db, User, "users", f"subject = ? AND {_ALIVE}", [subject, now()])

    def every(self) -> list[User]:
        """Return all who are there but guests, oldest first."""
        with self.database.read() as db:
            where = "deleted IS NULL AND kind <> 'guest' ORDER BY created, id"
            return select(db, User, "users", where)

    def find(self, name_or_id: str) -> User:
        """Return the user of that identifier, or the one account of that name."""
        where = f"{_ALIVE} AND (id = ? OR name = ? COLLATE NOCASE) ORDER BY id = ? DESC"
        with self.database.read() as db:
            found = select(db, User, "users", where, [now(), name_or_id, name_or_id, name_or_id])
        if not found:
            raise NotFoundError(f"there is no user {name_or_id!r}")
        if len(found) > 1 and found[0].id != name_or_id:
            raise InputError(f"{len(found)} users are called {name_or_id!r}; give the identifier")
        return found[0]

    def rename(self, user_id: str, name: str) -> None:
        """Give a user another name, as when it was changed at Hugging Face."""
        with self.database.write() as db:
            if _alive(db, user_id).kind == "local":
                _check_free(db, name, besides=user_id)
            db.execute("UPDATE users SET name = ? WHERE id = ?", [name, user_id])

    def set_password(self, user_id: str, password_hash: str) -> None:
        """Keep another hash of the password, as when it is hashed harder than before."""
        with self.database.write() as db:
            db.execute("UPDATE users SET password_hash = ? WHERE id = ?", [password_hash, user_id])
            audit(db, "account.password", user_id, user_id)

    def upgrade(
        self,
        guest_id: str,
        kind: Literal["local", "hf"],
        *,
        name: str,
        password_hash: str | None = None,
        subject: str | None = None,
    ) -> User:
        """Make a guest an account: the same user, so that all that is theirs stays, unexpiring."""
        with self.database.write() as db:
            if _alive(db, guest_id).kind != "guest":
                raise InputError("only a guest can become an account, and this user is one already")
            if kind == "local":
                _check_free(db, name)
            db.execute(
                "UPDATE users SET kind = ?, name = ?, password_hash = ?, subject = ?,"
                " expires = NULL WHERE id = ?",
                [kind, name, password_hash, subject, guest_id],
            )
            _keep_forever(db, guest_id)
            audit(db, "account.made", guest_id, guest_id, {"kind": kind})
            return _alive(db, guest_id)

    def adopt(self, guest_id: str, user_id: str) -> list[str]:
        """Move all that is a guest's to an account that exists, and end the guest.

        A voice whose name the account has already gets a number behind its name. Returns the files
        of samples that the account had already, for the caller to remove.
        """
        with self.database.write() as db:
            if _alive(db, guest_id).kind != "guest":
                raise InputError("only a guest's voices can move to an account")
            _alive(db, user_id)
            _keep_forever(db, guest_id)
            twice = _drop_known_samples(db, guest_id, user_id)
            _move(db, guest_id, user_id)
            db.execute("DELETE FROM sessions WHERE user_id = ?", [guest_id])
            db.execute("UPDATE users SET deleted = ? WHERE id = ?", [now(), guest_id])
            audit(db, "account.adopted", user_id, guest_id)
        return twice

    def erase(self, user_id: str) -> Erased:
        """Take a user and all that is theirs out of use, in one transaction.

        Consents are revoked, voices deleted, jobs cancelled, sessions ended and words erased; the
        caller removes the files that are returned. What stays is the proof, without a name.
        """
        with self.database.write() as db:
            _alive(db, user_id, expired=True)
            return erase(db, user_id)

    def expired_guests(self) -> list[User]:
        """Return the guests whose time is over and who are still to be erased."""
        where = "kind = 'guest' AND deleted IS NULL AND expires <= ? ORDER BY expires"
        with self.database.read() as db:
            return select(db, User, "users", where, [now()])

    def add_session(self, session: Session) -> None:
        """Record a browser that is known from now on; those whose time is over go."""
        with self.database.write() as db:
            db.execute("DELETE FROM sessions WHERE expires <= ?", [now()])
            insert(db, "sessions", asdict(session))

    def user_of(self, token_sha256: str) -> User | None:
        """Return whose browser this is, or None where the session or the user is over."""
        with self.database.read() as db:
            where = "token_sha256 = ? AND expires > ?"
            session = select_one(db, Session, "sessions", where, [token_sha256, now()])
            if session is None:
                return None
            return select_one(db, User, "users", f"id = ? AND {_ALIVE}", [session.user_id, now()])

    def end_session(self, token_sha256: str) -> None:
        """Forget a browser."""
        with self.database.write() as db:
            db.execute("DELETE FROM sessions WHERE token_sha256 = ?", [token_sha256])

    def end_sessions(self, user_id: str) -> None:
        """Forget all browsers of a user, as after a change of the password."""
        with self.database.write() as db:
            db.execute("DELETE FROM sessions WHERE user_id = ?", [user_id])


def _alive(db: SqliteDatabase, user_id: str, expired: bool = False) -> User:
    where = "id = ? AND deleted IS NULL" if expired else f"id = ? AND {_ALIVE}"
    values = [user_id] if expired else [user_id, now()]
    found = select_one(db, User, "users", where, values)
    if found is None:
        raise NotFoundError("this user is not here any more; open the page anew")
    return found


def _check_free(db: SqliteDatabase, name: str, besides: str = "") -> None:
    where = "kind = 'local' AND name = ? COLLATE NOCASE AND id <> ?"
    if select_one(db, User, "users", where, [name, besides]):
        raise InputError(_TAKEN.format(name))


def _keep_forever(db: SqliteDatabase, user_id: str) -> None:
    """Let nothing of a user's expire that expired only because they were a guest."""
    db.execute(
        "UPDATE voices SET expires = NULL WHERE owner_id = ? AND status = 'ready'", [user_id]
    )
    for table in ("samples", "speeches"):
        db.execute(
            f"UPDATE {table} SET expires = NULL WHERE user_id = ? AND deleted IS NULL", [user_id]
        )


def _drop_known_samples(db: SqliteDatabase, guest_id: str, user_id: str) -> list[str]:
    here = "user_id = ? AND deleted IS NULL"
    known = {sample.sha256 for sample in select(db, Sample, "samples", here, [user_id])}
    twice = [s for s in select(db, Sample, "samples", here, [guest_id]) if s.sha256 in known]
    for sample in twice:
        db.execute("UPDATE samples SET deleted = ? WHERE id = ?", [now(), sample.id])
    return [sample.path for sample in twice]


def _move(db: SqliteDatabase, guest_id: str, user_id: str) -> None:
    both = [user_id, guest_id]
    db.execute("UPDATE consents SET user_id = ? WHERE user_id = ?", both)  # before its voices
    where = "owner_id = ? AND status = 'ready' ORDER BY created"
    for voice in select(db, Voice, "voices", where, [guest_id]):
        db.execute(
            "UPDATE voices SET owner_id = ?, name = ? WHERE id = ?",
            [user_id, _free_voice_name(db, user_id, voice.name), voice.id],
        )
    db.execute("UPDATE voices SET owner_id = ? WHERE owner_id = ?", both)
    db.execute("UPDATE jobs SET user_id = ?, idempotency_key = NULL WHERE user_id = ?", both)
    for table in ("samples", "speeches", "challenges", "strikes"):
        db.execute(f"UPDATE {table} SET user_id = ? WHERE user_id = ?", both)


def _free_voice_name(db: SqliteDatabase, owner_id: str, name: str) -> str:
    where = "owner_id = ? AND status = 'ready'"
    taken = {voice.name.casefold() for voice in select(db, Voice, "voices", where, [owner_id])}
    number, free = 1, name
    while free.casefold() in taken:
        number += 1
        ending = f" {number}"
        free = name[: 64 - len(ending)] + ending
    return free
