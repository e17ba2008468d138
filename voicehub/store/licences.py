"""Licences and the use that is made of them: rights, metering and receipts, and what is given back."""

from dataclasses import asdict

from sqlite_utils import Database as SqliteDatabase

from voicehub.errors import ConsentError, InputError, LimitError, NotFoundError
from voicehub.store.database import Database
from voicehub.store.ledger import Movement, balance, money, post, reversed_legs, sale_legs
from voicehub.store.market_records import UNIT_CHARACTERS, Licence, Listing, Use
from voicehub.store.records import Voice
from voicehub.store.rows import insert, now, owned, select, select_one

_RIGHT = "SELECT licence_id FROM voice_rights WHERE voice_id = ? AND user_id = ?"
_ENDED = (
    "the licence of this voice is over, or the voice was withdrawn; nothing can be made with it"
)


class LicenceStore:
    """Who may speak with whose voice, and what they did."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def voice(self, voice_id: str, user_id: str) -> Voice:
        """Return a voice that a user may speak with, their own or a licensed one; else not found."""
        with self.database.read() as db:
            if db.execute(_RIGHT, [voice_id, user_id]).fetchone():
                where = "id = ? AND status = 'ready' AND (expires IS NULL OR expires > ?)"
                found = select_one(db, Voice, "voices", where, [voice_id, now()])
                if found is not None:
                    return found
        raise NotFoundError(f"there is no voice {voice_id!r}")

    def right(self, voice_id: str, user_id: str) -> Licence | None:
        """Return the licence under which a user speaks with a voice, None with their own.

        Raises ``ConsentError`` where they may not, or not any more.
        """
        with self.database.read() as db:
            return _right(db, voice_id, user_id)

    def licensed(self, user_id: str) -> list[tuple[Licence, Listing]]:
        """Return the valid licences of a user with what they are of, newest first."""
        where = (
            "id IN (SELECT licence_id FROM voice_rights WHERE user_id = ?)"
            " ORDER BY accepted DESC, rowid DESC"
        )
        with self.database.read() as db:
            found = select(db, Licence, "licences", where, [user_id])
            return [(each, _listing(db, each.listing_id)) for each in found]

    def holders(self, voice_id: str) -> list[str]:
        """Return the users who ever held a licence of a voice."""
        with self.database.read() as db:
            found = db.execute(
                "SELECT DISTINCT licences.user_id FROM licences JOIN listings"
                " ON listings.id = licences.listing_id WHERE listings.voice_id = ?",
                [voice_id],
            )
            return [row[0] for row in found.fetchall()]

    def get(self, licence_id: str) -> Licence:
        """Return a licence, whoever's it is."""
        with self.database.read() as db:
            found = select_one(db, Licence, "licences", "id = ?", [licence_id])
        if found is None:
            raise NotFoundError(f"there is no licence {licence_id!r}")
        return found

    def accept(self, licence: Licence) -> Licence:
        """Record an accepted licence and pay for it: both or neither; a second is the first."""
        with self.database.write() as db:
            where = "user_id = ? AND listing_id = ? AND ended IS NULL"
            known = select_one(
                db, Licence, "licences", where, [licence.user_id, licence.listing_id]
            )
            if known is not None:
                if known.expires is None or known.expires > now():
                    return known
                db.execute("UPDATE licences SET ended = ? WHERE id = ?", [now(), known.id])
            seller_id = _listing(db, licence.listing_id).user_id
            insert(db, "licences", asdict(licence))
            if licence.pricing == "licence":
                legs = sale_legs(licence.user_id, seller_id, licence.price)
                post(db, Movement(f"licence {licence.id}", "licence", licence.id, legs))
        return licence

    def check_affordable(self, licence: Licence, characters: int) -> None:
        """Raise ``LimitError`` where so many more characters cannot be paid or are not allowed."""
        with self.database.read() as db:
            licence = select(db, Licence, "licences", "id = ?", [licence.id])[0]
            _check_bound(licence, characters)
            price, held = _price(licence, characters), balance(db, "credits", licence.user_id)
        if price > held:
            raise LimitError(
                f"this takes {money(price)} credits and the account holds {money(held)}"
            )

    def meter(
        self, voice_id: str, user_id: str, use_id: str, kind: str, number: int, characters: int
    ) -> Use | None:
        """Count and charge part ``number`` of a use, once however often; None with one's own voice.

        Raises ``ConsentError`` where the right has ended and ``LimitError`` where the credits have.
        """
        with self.database.write() as db:
            licence = _right(db, voice_id, user_id)
            if licence is None:
                return None
            use = _use(db, licence, use_id, kind)
            if number < use.parts:
                return use
            _check_bound(licence, characters)
            total = use.characters + characters
            due = _price(licence, total) - use.amount
            if due:
                legs = sale_legs(user_id, _listing(db, licence.listing_id).user_id, due)
                post(db, Movement(f"use {use_id} {number}", "use", use_id, legs))
            db.execute(
                "UPDATE uses SET parts = ?, characters = ?, amount = amount + ? WHERE id = ?",
                [number + 1, total, due, use_id],
            )
            return select(db, Use, "uses", "id = ?", [use_id])[0]

    def uses(self, user_id: str, limit: int = 100) -> list[Use]:
        """Return the receipts of a user, newest first."""
        with self.database.read() as db:
            where = f"user_id = ? ORDER BY created DESC, rowid DESC LIMIT {int(limit)}"
            return select(db, Use, "uses", where, [user_id])

    def use(self, use_id: str, user_id: str) -> Use:
        """Return a user's own receipt."""
        with self.database.read() as db:
            return owned(db, Use, "uses", use_id, user_id)

    def refund(self, reference: str, seller_id: str | None) -> int:
        """Give back what a licence or a use cost, once; return how much. A licence ends with it.

        ``seller_id`` is who gives it back; the operator, None, may do so for everybody.
        """
        with self.database.write() as db:
            kind = "licence" if _is(db, "licences", reference) else "use"
            table = "licences" if kind == "licence" else "uses"
            if not _is(db, table, reference) or not _sold_by(db, table, reference, seller_id):
                raise NotFoundError(f"there is no licence or use {reference!r}")
            done = db.execute(
                "SELECT 1 FROM ledger_transactions WHERE kind = 'refund' AND reference = ?",
                [reference],
            ).fetchone()
            legs = reversed_legs(db, "licence" if kind == "licence" else "use", reference)
            if done or not legs:
                raise InputError("nothing was paid for this, or it was given back already")
            post(db, Movement(f"refund {reference}", "refund", reference, legs))
            ended = "ended = coalesce(ended, ?)" if kind == "licence" else "refunded = ?"
            db.execute(f"UPDATE {table} SET {ended} WHERE id = ?", [now(), reference])
            return sum(leg.amount for leg in legs if leg.kind == "credits")


def _right(db: SqliteDatabase, voice_id: str, user_id: str) -> Licence | None:
    found = db.execute(f"{_RIGHT} ORDER BY licence_id IS NOT NULL", [voice_id, user_id]).fetchone()
    if found is None:
        raise ConsentError(_ENDED)
    return select_one(db, Licence, "licences", "id = ?", [found[0]]) if found[0] else None


def _use(db: SqliteDatabase, licence: Licence, use_id: str, kind: str) -> Use:
    known = select_one(db, Use, "uses", "id = ?", [use_id])
    if known is not None:
        if known.user_id != licence.user_id:
            raise NotFoundError(f"there is no use {use_id!r}")
        return known
    use = Use(use_id, licence.id, licence.listing_id, licence.user_id, kind, now(), 0, 0, 0)
    insert(db, "uses", asdict(use))
    return use


def _price(licence: Licence, characters: int) -> int:
    """Return what so many characters cost; each hundredth that was begun counts."""
    if licence.pricing != "characters":
        return 0
    return -(-characters * licence.price // UNIT_CHARACTERS)


def _check_bound(licence: Licence, characters: int) -> None:
    most = licence.terms.get("max_characters")
    if most is not None and licence.spoken + characters > most:
        raise LimitError(
            f"this licence allows {most} characters, {licence.spoken} are spoken "
            f"and {characters} more were asked for"
        )


def _listing(db: SqliteDatabase, listing_id: str) -> Listing:
    return select(db, Listing, "listings", "id = ?", [listing_id])[0]


def _is(db: SqliteDatabase, table: str, row_id: str) -> bool:
    return db.execute(f"SELECT 1 FROM {table} WHERE id = ?", [row_id]).fetchone() is not None


def _sold_by(db: SqliteDatabase, table: str, row_id: str, seller_id: str | None) -> bool:
    if seller_id is None:
        return True
    found = db.execute(
        f"SELECT 1 FROM {table} JOIN listings ON listings.id = {table}.listing_id"
        f" WHERE {table}.id = ? AND listings.user_id = ?",
        [row_id, seller_id],
    )
    return found.fetchone() is not None
