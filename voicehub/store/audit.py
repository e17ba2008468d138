"""The audit log as services see it: read, checked, and written where nothing else is written."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlite_utils import Database as SqliteDatabase

from voicehub.store.chain import (
    COLUMNS,
    AuditRow,
    Head,
    Verified,
    audit,
    canonical,
    head_of,
    verify_rows,
)
from voicehub.store.coverage import unrecorded
from voicehub.store.database import Database

_AT_ONCE = 1000  # rows


class AuditStore:
    """The audit log: read, checked, and written where nothing else is written with it."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def record(
        self, kind: str, actor: str, subject: str, detail: Mapping[str, Any] | None = None
    ) -> None:
        """Add a row for what leaves no other trace in the database, as a refusal."""
        with self.database.write() as db:
            audit(db, kind, actor, subject, detail)

    def head(self) -> Head:
        """Return the end of the chain."""
        with self.database.read() as db:
            return head_of(db)

    def tail(self, count: int = 20, kind: str | None = None) -> list[AuditRow]:
        """Return the last rows, oldest first; with ``kind`` those whose kind begins with it."""
        query = (
            f"SELECT {', '.join(COLUMNS)} FROM audit_log"
            " WHERE (? IS NULL OR substr(kind, 1, length(?)) = ?) ORDER BY number DESC LIMIT ?"
        )
        with self.database.read() as db:
            found = db.execute(query, [kind, kind, kind, count]).fetchall()
        return [AuditRow(*row) for row in reversed(found)]

    def lines(self) -> Iterator[str]:
        """Yield each row as a line of JSON that can be checked without this program."""
        with self.database.read() as db:
            for row in _rows(db):
                told = dict(zip(COLUMNS, row, strict=True))
                yield canonical(told | {"detail": json.loads(told["detail"])})

    def verify(self, anchors: Sequence[Head] = ()) -> Verified:
        """Check the chain, that it holds the rows of ``anchors``, and that nothing went past it."""
        with self.database.read() as db:
            found = verify_rows(_rows(db), anchors)
            problem = found.problem or unrecorded(db)
        return replace(found, problem=problem)


def _rows(db: SqliteDatabase) -> Iterator[Sequence[Any]]:
    found = db.execute(f"SELECT {', '.join(COLUMNS)} FROM audit_log ORDER BY number")
    while rows := found.fetchmany(_AT_ONCE):
        yield from rows
