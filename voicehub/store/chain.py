"""The audit log: one row for each thing that must be accounted for, each chained to the one before.

The hash of a row is the sha256 of the hash before it, a line feed, and the row's canonical JSON:
keys sorted, no blanks, UTF-8. Rows hold identifiers, hashes, times and code words: nobody's words.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlite_utils import Database as SqliteDatabase

from voicehub.errors import InputError
from voicehub.store.rows import now

FIRST_HASH = "0" * 64  # what the first row is chained to
COLUMNS = ("number", "at", "kind", "actor", "subject", "detail", "previous_sha256", "sha256")
_TOLD = COLUMNS[:6]  # what is hashed
_WORD = re.compile(r"[a-z0-9][a-z0-9_.:+-]{0,119}")  # identifiers, hashes and code words
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?\+00:00")


@dataclass(frozen=True)
class AuditRow:
    """One row; ``detail`` is JSON as it is kept."""

    number: int  # 1 is the first
    at: str
    kind: str
    actor: str
    subject: str
    detail: str
    previous_sha256: str
    sha256: str


@dataclass(frozen=True)
class Head:
    """The last row's number and hash: who keeps it elsewhere can tell whether rows were cut off."""

    number: int
    sha256: str

    @classmethod
    def parse(cls, text: str) -> "Head":
        """Return the head that `str` wrote, or raise ``InputError``."""
        found = re.fullmatch(r"\s*(\d{1,18}):([0-9a-f]{64})\s*", text)
        if not found:
            raise InputError("a head of the audit log reads NUMBER:SHA256, as `audit head` prints")
        return cls(int(found[1]), found[2])

    def __str__(self) -> str:
        return f"{self.number}:{self.sha256}"


@dataclass(frozen=True)
class Verified:
    """What a check of the chain found; ``problem`` names the first bad row, None where all is well."""

    rows: int
    head: Head
    bad_row: int | None = None
    problem: str | None = None


def audit(
    db: SqliteDatabase,
    kind: str,
    actor: str,
    subject: str,
    detail: Mapping[str, Any] | None = None,
) -> None:
    """Add a row within the transaction of what it records, so that both happen or neither.

    ``kind`` is a code word such as ``consent.revoked``, ``actor`` a user's identifier ("system"
    for what happens by itself, "anybody" for who is not known), ``subject`` the identifier or hash
    of what it happened to. ``detail`` holds identifiers, hashes, times, numbers and code words;
    ``ValueError`` says that something else, as a name, was about to be written for ever.
    """
    told = dict(detail or {})
    for value in (kind, actor, subject, *told):
        _check(value)
    for value in told.values():
        for each in value if isinstance(value, (list, tuple)) else [value]:
            _check(each)
    last = head_of(db)
    values = [last.number + 1, now(), kind, actor, subject, canonical(told)]
    row = dict(zip(_TOLD, values, strict=True))
    digest = hash_of(row, last.sha256)
    marks = ", ".join("?" * len(COLUMNS))
    db.execute(
        f"INSERT INTO audit_log ({', '.join(COLUMNS)}) VALUES ({marks})",
        [*values, last.sha256, digest],
    )


def head_of(db: SqliteDatabase) -> Head:
    """Return the end of the chain."""
    found = db.execute(
        "SELECT number, sha256 FROM audit_log ORDER BY number DESC LIMIT 1"
    ).fetchone()
    return Head(found[0], found[1]) if found else Head(0, FIRST_HASH)


def hash_of(row: Mapping[str, Any], previous_sha256: str) -> str:
    """Return the hash that a row must bear after one with ``previous_sha256``."""
    told = {name: row[name] for name in _TOLD}
    told["detail"] = json.loads(told["detail"])
    line = f"{previous_sha256}\n{canonical(told)}"
    return hashlib.sha256(line.encode("utf-8")).hexdigest()


def canonical(value: Any) -> str:
    """Return the one JSON text of ``value``."""
    return json.dumps(
        value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    )


def verify_rows(rows: Iterable[Sequence[Any]], anchors: Sequence[Head] = ()) -> Verified:
    """Check rows in their order: numbers without a gap, hashes chained, anchors met."""
    wanted = {anchor.number: anchor.sha256 for anchor in anchors}
    head = Head(0, FIRST_HASH)
    for values in rows:
        problem = _problem(values, head)
        number = head.number + 1
        if problem is None and wanted.pop(number, values[7]) != values[7]:
            problem = f"row {number} is not the one whose hash was kept elsewhere"
        if problem is not None:
            return Verified(head.number, head, number, problem)
        head = Head(number, values[7])
    if any(number > head.number for number in wanted):
        number = head.number + 1
        problem = f"row {number} is missing: the log was cut off, it had {max(wanted)} rows"
        return Verified(head.number, head, number, problem)
    return Verified(head.number, head)


def _problem(values: Sequence[Any], head: Head) -> str | None:
    row, number = dict(zip(COLUMNS, values, strict=True)), head.number + 1
    if row["number"] != number:
        return f"row {number} is missing: row {row['number']} follows row {head.number}"
    if row["previous_sha256"] != head.sha256:
        return f"row {number} does not follow row {head.number}: their hashes differ"
    try:
        detail = json.loads(row["detail"])
        whole = canonical(detail) == row["detail"]
        digest = hash_of(row, head.sha256)
    except (ValueError, TypeError):
        return f"row {number} holds what is not canonical JSON"
    if not whole or row["sha256"] != digest:
        return f"row {number} was changed: it does not have the hash it bears"
    return None


def _check(value: Any) -> None:
    if value is None or isinstance(value, (bool, int)):
        return
    if isinstance(value, str) and (_WORD.fullmatch(value) or _TIME.fullmatch(value)):
        return
    raise ValueError(f"the audit log takes no {type(value).__name__} of this form")
