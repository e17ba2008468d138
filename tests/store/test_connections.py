"""Connections stay open between calls, and nobody notices but the clock."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from voicehub.errors import InputError
from voicehub.store.database import Database

_FORK = """
import os, sys
from pathlib import Path
from voicehub.store.database import Database
database = Database(Path(sys.argv[1]))
count = "SELECT count(*) FROM users"
with database.read() as db:
    before, mine = db.execute(count).fetchone(), id(db.conn)
child = os.fork()
if child == 0:
    with database.read() as db:
        os._exit(0 if db.execute(count).fetchone() == before and id(db.conn) != mine else 1)
assert os.waitpid(child, 0)[1] == 0
with database.read() as db:
    assert db.execute(count).fetchone() == before and id(db.conn) == mine
"""


@pytest.fixture
def database(tmp_path: Path) -> Database:
    return Database(tmp_path / "voicehub.db")


def add_user(database: Database, identifier: str) -> None:
    with database.write() as db:
        db.execute("INSERT INTO users (id, kind, created) VALUES (?, 'guest', 't')", [identifier])


def users(database: Database) -> set[str]:
    with database.read() as db:
        return {row[0] for row in db.execute("SELECT id FROM users WHERE id != 'operator'")}


def test_a_connection_is_used_again_and_never_by_two(database: Database) -> None:
    with database.read() as first, database.read() as second:
        assert first.conn is not second.conn
        both = {id(first.conn), id(second.conn)}
    with database.read() as again:
        assert id(again.conn) in both


def test_what_failed_is_not_used_again_and_leaves_no_trace(database: Database) -> None:
    used = []

    def add_wrongly() -> None:
        with database.write() as db:
            used.append(db.conn)
            db.execute("INSERT INTO users (id, kind, created) VALUES ('a', 'guest', 't')")
            db.execute("INSERT INTO sessions (token_sha256) VALUES ('x')")

    with pytest.raises(InputError):
        add_wrongly()
    with database.read() as db:
        assert db.conn is not used[0]
    assert users(database) == set()


def test_a_light_write_leaves_the_next_one_safe(database: Database) -> None:
    with database.write_lightly() as db:
        light = db.conn
        assert db.execute("PRAGMA synchronous").fetchone()[0] == 1
    with database.write() as db:
        assert db.conn is light
        assert db.execute("PRAGMA synchronous").fetchone()[0] == 2


def test_another_file_in_its_place_is_seen_at_once(database: Database, tmp_path: Path) -> None:
    add_user(database, "before")
    other = Database(tmp_path / "other.db")
    add_user(other, "after")
    for each in (database, other):
        each.connections.close()  # which folds the log into the file
    with database.read():
        pass
    os.replace(other.path, database.path)
    assert users(database) == {"after"}


def test_a_fork_opens_its_own(database: Database) -> None:
    users(database)
    subprocess.run([sys.executable, "-c", _FORK, str(database.path)], check=True)
