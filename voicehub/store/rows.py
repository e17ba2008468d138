"""Rows to records and back: what all stores share."""

import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from sqlite_utils import Database as SqliteDatabase

from voicehub.errors import NotFoundError
from voicehub.json_text import to_json

Record = TypeVar("Record")
_JSON = frozenset(
    {
        "metrics", "quality", "verification", "config", "result", "data", "scopes", "tags", "cases",
        "terms",
    }
)  # fmt: skip


def new_id() -> str:
    """Return a random identifier."""
    return str(uuid.uuid4())


def now() -> str:
    """Return the time in UTC, ISO 8601 with milliseconds."""
    return from_now(0.0)


def from_now(seconds: float) -> str:
    """Return the time in so many seconds, as `now` writes it; such times compare as text."""
    return (datetime.now(UTC) + timedelta(seconds=seconds)).isoformat(timespec="milliseconds")


def insert(db: SqliteDatabase, table: str, row: Mapping[str, Any]) -> None:
    """Add one row."""
    columns, marks = ", ".join(row), ", ".join("?" * len(row))
    values = [encoded(name, value) for name, value in row.items()]
    db.execute(f"INSERT INTO {table} ({columns}) VALUES ({marks})", values)


def encoded(column: str, value: Any) -> Any:
    """Return ``value`` as it is kept in ``column``."""
    if column in _JSON and value is not None:
        return to_json(value)
    return value


def select(
    db: SqliteDatabase, kind: type[Record], table: str, where: str, values: Sequence[Any] = ()
) -> list[Record]:
    """Return the records of the rows of ``table`` for which ``where`` holds, in its order."""
    columns = _columns(kind)
    names = ", ".join(columns)
    found = db.execute(f"SELECT {names} FROM {table} WHERE {where}", list(values))
    return [
        kind(
            **{
                name: _decoded(name, value, boolean)
                for (name, boolean), value in zip(columns.items(), row, strict=True)
            }
        )
        for row in found.fetchall()
    ]


def select_one(
    db: SqliteDatabase, kind: type[Record], table: str, where: str, values: Sequence[Any] = ()
) -> Record | None:
    """Return the first record as `select` would, or None."""
    found = select(db, kind, table, f"{where} LIMIT 1", values)
    return found[0] if found else None


def owned(db: SqliteDatabase, kind: type[Record], table: str, row_id: str, user_id: str) -> Record:
    """Return a user's own record; one that was removed, or somebody else's, is not found.

    The words are the same as where there is none: nobody learns what others have.
    """
    owner = "owner_id" if table == "voices" else "user_id"
    found = select_one(db, kind, table, f"id = ? AND {owner} = ?", [row_id, user_id])
    if found is None or getattr(found, "deleted", None) is not None:
        raise NotFoundError(f"there is no {kind.__name__.lower()} {row_id!r}")
    return found


def _columns(kind: Any) -> dict[str, bool]:
    """Return the columns of a record, each with whether it is true or false."""
    return {field.name: field.type is bool for field in fields(kind)}


def _decoded(column: str, value: Any, boolean: bool) -> Any:
    if column in _JSON and value is not None:
        return json.loads(value)
    return bool(value) if boolean else value
