"""The drill of the audit log: somebody who owns the database tampers with it, and it must show."""

import hashlib
import random
import sqlite3
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from drills.outcome import Options, Outcome
from voicehub.store.audit import AuditStore
from voicehub.store.chain import COLUMNS, FIRST_HASH, Head, hash_of, verify_rows
from voicehub.store.database import Database
from voicehub.store.rows import new_id

_ROWS = 200
_TAMPERINGS = 1000
_LARGE = 20_000  # rows whose check is timed
_CONTROLS = 100  # checks of the log as it is
_KINDS = ("consent.given", "voice.made", "version.made", "voice.exported", "text.refused")
Row = list[Any]
Rows = list[Row]


def run(options: Options) -> Outcome:
    """Write a log, tamper with it a thousand times, each time anew, and check it each time."""
    with tempfile.TemporaryDirectory() as name:
        log = AuditStore(Database(Path(name) / "voicehub.db"))
        for number in range(_ROWS):
            told = {"number": number, "sha256": hashlib.sha256(str(number).encode()).hexdigest()}
            log.record(_KINDS[number % len(_KINDS)], new_id(), new_id(), told)
        head = log.head()
        path = log.database.path
        found = _tamper(path, head, random.Random(options.seed))
        alarms = sum(log.verify([head]).problem is not None for _ in range(_CONTROLS))
        refused = _triggers(path)
        rows_a_second = _speed(log)
    detected = sum(each["detected"] for each in found.values())
    tried = sum(each["tried"] for each in found.values())
    named = sum(each["first_bad_row_named"] for each in found.values())
    figures = {
        "rows": head.number,
        "tamperings": tried,
        "detected": detected,
        "first_bad_row_named": named,
        "by_kind": found,
        "false_alarms": {"checks": _CONTROLS, "alarms": alarms},
        "refused_by_triggers": refused,
        "rows_checked_a_cpu_second": rows_a_second,
        "seed": options.seed,
    }
    passed = detected == tried == _TAMPERINGS and not alarms and all(refused.values())
    verdict = (
        f"{detected} of {tried} tamperings detected, {named} with the row named; "
        f"{alarms} false alarms in {_CONTROLS} checks"
    )
    return Outcome(figures, passed, verdict)


def _tamper(path: Path, head: Head, chance: random.Random) -> dict[str, dict[str, Any]]:
    """Return what was found of each kind; nothing of a tampering outlives its check."""
    kinds: dict[str, Callable[[Rows, random.Random], int | None]] = {
        "a column edited": _edit, "an edited row hashed anew": _edit_and_hash,
        "the chain from an edited row on hashed anew": _edit_and_chain,
        "a row deleted": _delete, "rows deleted": _delete_some,
        "a row deleted and the rest numbered and hashed anew": _delete_and_chain,
        "two rows exchanged": _exchange, "rows shuffled": _shuffle,
        "the end cut off": _truncate, "all deleted": _empty,
        "a row put in between": _insert, "a row added that follows nothing": _append,
        "the whole log written anew": _forge,
    }  # fmt: skip
    counted: dict[str, Counter[str]] = {name: Counter() for name in kinds}
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        triggers = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
        triggers = triggers.fetchall()
        for name, _ in triggers:
            connection.execute(f"DROP TRIGGER {name}")
        connection.execute("PRAGMA ignore_check_constraints=ON")
        whole = _rows(connection)
        for number in range(_TAMPERINGS):
            name = list(kinds)[number % len(kinds)]
            changed = [list(row) for row in whole]
            expected = kinds[name](changed, chance)
            connection.execute("BEGIN")
            _replace(connection, changed)
            verified = verify_rows(_rows(connection), [head])
            connection.execute("ROLLBACK")
            counted[name]["tried"] += 1
            counted[name]["detected"] += verified.problem is not None
            counted[name]["first_bad_row_named"] += verified.bad_row == expected
        for _, sql in triggers:
            connection.execute(sql)
    names = ("tried", "detected", "first_bad_row_named")
    return {name: {each: counts[each] for each in names} for name, counts in counted.items()}


def _rows(connection: sqlite3.Connection) -> list[Sequence[Any]]:
    query = f"SELECT {', '.join(COLUMNS)} FROM audit_log ORDER BY number"
    return connection.execute(query).fetchall()


def _replace(connection: sqlite3.Connection, rows: Rows) -> None:
    connection.execute("DELETE FROM audit_log")
    marks = ", ".join("?" * len(COLUMNS))
    connection.executemany(f"INSERT INTO audit_log VALUES ({marks})", rows)


def _edit(rows: Rows, chance: random.Random) -> int:
    """Change one character of one column of one row; the number moves behind the last."""
    at, column = chance.randrange(len(rows)), chance.randrange(len(COLUMNS))
    row = rows[at]
    if column == 0:
        row[0] = len(rows) + 1 + chance.randrange(5)
        rows.sort(key=lambda each: each[0])
    else:
        row[column] = _other(str(row[column]), chance, json=COLUMNS[column] == "detail")
    return at + 1


def _other(text: str, chance: random.Random, json: bool = False) -> str:
    """Return ``text`` with one character changed; JSON stays JSON, as the table asks."""
    places = [n for n, c in enumerate(text) if c.isalnum()] if not json else [
        n for n, c in enumerate(text) if c.isdigit()
    ]  # fmt: skip
    place = chance.choice(places)
    choices = "123456789" if text[place].isdigit() else "abcdefghij"
    new = chance.choice([each for each in choices if each != text[place]])
    return text[:place] + new + text[place + 1 :]


def _edit_and_hash(rows: Rows, chance: random.Random) -> int:
    at = chance.randrange(len(rows) - 1)
    rows[at][3] = new_id()
    _hash(rows, at)
    return at + 2  # the next row tells it; of the last one the head does


def _edit_and_chain(rows: Rows, chance: random.Random) -> int:
    at = chance.randrange(len(rows))
    rows[at][3] = new_id()
    _chain(rows, at)
    return len(rows)  # whole in itself: the head that was kept elsewhere tells it


def _delete(rows: Rows, chance: random.Random) -> int:
    at = chance.randrange(len(rows))
    del rows[at]
    return at + 1


def _delete_some(rows: Rows, chance: random.Random) -> int:
    begin = chance.randrange(len(rows) - 1)
    del rows[begin : chance.randrange(begin + 1, len(rows) + 1)]
    return begin + 1


def _delete_and_chain(rows: Rows, chance: random.Random) -> int:
    _delete(rows, chance)
    for number, row in enumerate(rows, 1):
        row[0] = number
    _chain(rows, 0)
    return len(rows) + 1


def _exchange(rows: Rows, chance: random.Random) -> int:
    one, other = sorted(chance.sample(range(len(rows)), 2))
    rows[one][1:], rows[other][1:] = rows[other][1:], rows[one][1:]
    return one + 1


def _shuffle(rows: Rows, chance: random.Random) -> int:
    before = [row[1:] for row in rows]
    after = list(before)
    while after == before:
        chance.shuffle(after)
    for row, content in zip(rows, after, strict=True):
        row[1:] = content
    return next(n for n, (a, b) in enumerate(zip(before, after, strict=True), 1) if a != b)


def _truncate(rows: Rows, chance: random.Random) -> int:
    left = chance.randrange(1, len(rows))
    del rows[left:]
    return left + 1


def _empty(rows: Rows, chance: random.Random) -> int:
    rows.clear()
    return 1


def _insert(rows: Rows, chance: random.Random) -> int:
    at = chance.randrange(1, len(rows))
    rows.insert(at, list(rows[at - 1]))
    rows[at][4] = new_id()
    for number, row in enumerate(rows, 1):
        row[0] = number
    rows[at][6] = rows[at - 1][7]
    _hash(rows, at)
    return at + 2


def _append(rows: Rows, chance: random.Random) -> int:
    row = list(rows[-1])
    row[0], row[4], row[7] = len(rows) + 1, new_id(), hashlib.sha256(b"x").hexdigest()
    rows.append(row)
    return len(rows)


def _forge(rows: Rows, chance: random.Random) -> int:
    for row in rows:
        row[3], row[4] = new_id(), new_id()
    _chain(rows, 0)
    return len(rows)


def _hash(rows: Rows, at: int) -> None:
    rows[at][7] = hash_of(dict(zip(COLUMNS, rows[at], strict=True)), rows[at][6])


def _chain(rows: Rows, begin: int) -> None:
    for at in range(begin, len(rows)):
        rows[at][6] = rows[at - 1][7] if at else FIRST_HASH
        _hash(rows, at)


def _triggers(path: Path) -> dict[str, bool]:
    """Return whether the database itself refuses what is tried without dropping its triggers."""
    copy = "SELECT {}, at, kind, actor, subject, detail, previous_sha256, sha256 FROM audit_log"
    tried = {
        "UPDATE": "UPDATE audit_log SET actor = 'x' WHERE number = 7",
        "DELETE": "DELETE FROM audit_log WHERE number = 7",
        "INSERT OR REPLACE": f"INSERT OR REPLACE INTO audit_log {copy.format('number')}",
        "INSERT": f"INSERT INTO audit_log {copy.format('number + 1000')} LIMIT 1",
        "UPDATE OR REPLACE": "UPDATE OR REPLACE audit_log SET number = 1 WHERE number = 7",
    }
    refused = {}
    with closing(sqlite3.connect(path)) as connection:
        for name, statement in tried.items():
            try:
                connection.execute(statement)
                refused[name] = False
            except sqlite3.IntegrityError:
                refused[name] = True
            connection.rollback()
    return refused


def _speed(log: AuditStore) -> int:
    """Return how many rows of a longer log are checked in a second of the processor."""
    line = dict(zip(COLUMNS, [0, "", "consent.given", "", "", "{}", "", ""], strict=True))
    rows, previous = [], FIRST_HASH
    for number in range(1, _LARGE + 1):
        row = line | {"number": number, "previous_sha256": previous}
        row["sha256"] = previous = hash_of(row, previous)
        rows.append(tuple(row.values()))
    began = time.process_time()
    assert verify_rows(rows, [Head(_LARGE, previous)]).problem is None
    return round(_LARGE / (time.process_time() - began))
