"""A database of an earlier version keeps all it holds, and all that held in it holds on."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from sqlite_utils import Database as SqliteDatabase

from voicehub.store.accounts import AccountStore
from voicehub.store.checks import CheckStore
from voicehub.store.migrations import MIGRATIONS
from voicehub.store.records import OPERATOR
from voicehub.store.store import Store

SHA = "printf('%064d', {})"
ROWS = (
    f"INSERT INTO consents (id, kind, created, statement_sha256, text_version)"
    f" VALUES ('said', 'spoken', '2026-01-01', {SHA.format(1)}, '1')",
    "INSERT INTO consents (id, kind, created, licence, attribution)"
    " VALUES ('open', 'corpus-licence', '2026-01-02', 'CC BY 4.0', 'LibriSpeech')",
    f"INSERT INTO consents (id, kind, created, statement_sha256, text_version)"
    f" VALUES ('over', 'spoken', '2026-01-03', {SHA.format(3)}, '1')",
    *(
        f"INSERT INTO voices (id, name, created, kind, base_id, folder, sha256, metrics,"
        f" consent_id) VALUES ('{name}', '{name}', '2026-02-0{day}', 'adapter', 'base',"
        f" 'voices/{name}/{day}', {SHA.format(day)}, '{{\"steps\": {day}}}', '{consent}')"
        for day, (name, consent) in enumerate(
            [("ada", "said"), ("bob", "open"), ("cy", "over"), ("deb", "said")], 1
        )
    ),
    f"INSERT INTO recordings VALUES ('ada', {SHA.format(7)}, 12.5, '{{\"snr_db\": 30}}')",
    f"INSERT INTO generations VALUES ('g', 'ada', 'said', '2026-03-01', 'speak', 1.5,"
    f" {SHA.format(8)})",
    "INSERT INTO evaluations VALUES ('e', 'ada', '2026-03-02', '{\"similarity\": 0.9}')",
    "UPDATE voices SET status = 'deleted', name = id, metrics = '{}' WHERE id IN ('cy', 'deb')",
    "UPDATE consents SET revoked = '2026-04-01' WHERE id = 'over'",
)
OLD_TABLES = ("consents", "voices", "recordings", "generations", "evaluations")


def old_rows(path: Path, columns: dict[str, str]) -> dict[str, list[tuple[object, ...]]]:
    with closing(sqlite3.connect(path)) as connection:
        return {
            table: connection.execute(f"SELECT {columns[table]} FROM {table}").fetchall()
            for table in OLD_TABLES
        }


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """A database as version 0001 left it."""
    path = tmp_path / "voicehub.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA foreign_keys=ON")
        MIGRATIONS.apply(
            SqliteDatabase(connection, execute_plugins=False),
            stop_before="0002-accounts-versions-and-jobs",
        )
        for statement in ROWS:
            connection.execute(statement)
        connection.commit()
    return path


def test_nothing_is_lost_and_all_is_the_operators(old: Path) -> None:
    with closing(sqlite3.connect(old)) as connection:
        columns = {
            table: ", ".join(
                row[1] for row in connection.execute(f"PRAGMA table_info({table})").fetchall()
            )
            for table in OLD_TABLES
        }
    before = old_rows(old, columns)
    store = Store(old.parent)
    assert store.database.problems() == []
    assert old_rows(old, columns) == before

    assert AccountStore(store.database).get(OPERATOR).kind == "operator"
    assert [voice.name for voice in store.voices()] == ["ada", "bob"]
    assert {voice.owner_id for voice in store.voices()} == {OPERATOR}
    assert [consent.id for consent in store.consents()] == ["said", "open", "over"]
    assert [consent.valid for consent in store.consents()] == [True, True, False]
    assert store.recordings("ada")[0].seconds == 12.5
    assert store.generations("ada")[0].id == "g"
    assert store.evaluations("ada")[0].metrics == {"similarity": 0.9}


def test_the_weights_of_each_voice_become_its_first_version(old: Path) -> None:
    store = Store(old.parent)
    for voice, number in ((store.voice("ada"), 1), (store.voice("bob"), 2)):
        (version,) = store.checkpoints.of_voice(voice.id)
        assert version == store.checkpoints.current(voice.id)
        assert (version.number, version.step) == (number, voice.metrics["steps"])
        assert (version.folder, version.sha256) == (voice.folder, voice.sha256)
    assert store.checkpoints.of_voice("deb") == []


def test_what_nobody_compared_waits_but_for_the_operators_own(old: Path) -> None:
    with closing(sqlite3.connect(old)) as connection:
        connection.execute("PRAGMA foreign_keys=OFF")  # as the store has it meanwhile
        MIGRATIONS.apply(
            SqliteDatabase(connection, execute_plugins=False), stop_before="0003-checked-consents"
        )
        connection.execute("INSERT INTO users (id, kind, created) VALUES ('g', 'guest', 't')")
        connection.execute(
            "INSERT INTO consents (id, kind, created, statement_sha256, text_version, user_id)"
            f" VALUES ('guest', 'spoken', 't', {SHA.format(4)}, '2', 'g')"
        )
        connection.commit()
    store = Store(old.parent)
    assert {c.id: c.state for c in store.consents()} == {
        "said": "recorded", "open": "licensed", "over": "recorded"
    }  # fmt: skip
    assert store.consent("guest").state == "waiting"
    (check,) = CheckStore(store.database).of_consent("said")
    assert (check.state, check.checked_by, check.sha256) == ("waiting", "nobody", f"{7:064}")
    assert CheckStore(store.database).waiting()[0] == [store.consent("guest")]


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM generations",
        "UPDATE generations SET seconds = 2",
        "DELETE FROM consents",
        "DELETE FROM voices",
        "DELETE FROM users",
        "UPDATE consents SET revoked = NULL WHERE id = 'over'",
        "UPDATE consents SET user_id = 'operator', licence = 'CC0' WHERE id = 'open'",
        "UPDATE voices SET consent_id = 'open' WHERE id = 'ada'",
        "UPDATE voices SET status = 'ready' WHERE id = 'deb'",
        "UPDATE voices SET owner_id = 'nobody' WHERE id = 'ada'",
        "INSERT INTO generations (id, voice_id, consent_id, created, kind, seconds, sha256)"
        f" VALUES ('h', 'cy', 'over', 't', 'speak', 1.0, {SHA.format(1)})",
        "INSERT INTO evaluations VALUES ('f', 'deb', 't', '{}')",
        "INSERT INTO voices (id, name, created, kind, base_id, folder, sha256, consent_id)"
        f" VALUES ('v', 'n', 't', 'full', 'b', 'f', {SHA.format(1)}, 'over')",
    ],
)
def test_what_was_refused_is_refused_still(old: Path, statement: str) -> None:
    Store(old.parent).voices()
    with closing(sqlite3.connect(old)) as connection:
        connection.execute("PRAGMA foreign_keys=ON")
        with pytest.raises(sqlite3.IntegrityError):
            connection.execute(statement)


def test_a_migration_that_fails_changes_nothing(old: Path) -> None:
    with closing(sqlite3.connect(old)) as connection:
        connection.execute("CREATE TABLE jobs (id TEXT)")  # somebody's own: in the way
        before = connection.execute("SELECT sql FROM sqlite_schema").fetchall()
    with pytest.raises(Exception, match="jobs already exists"):
        Store(old.parent).voices()
    with closing(sqlite3.connect(old)) as connection:
        assert connection.execute("SELECT sql FROM sqlite_schema").fetchall() == before
