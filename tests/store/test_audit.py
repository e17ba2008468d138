"""The audit log: what it records, that it only grows, and that every tampering shows."""

import hashlib
import json
import random
import sqlite3
from contextlib import closing

import pytest
from sqlite_utils import Database as SqliteDatabase
from store.people import HASH, give_consent, give_voice, make_local, marked

from voicehub.errors import InputError
from voicehub.store.audit import AuditStore
from voicehub.store.chain import FIRST_HASH, Head, audit
from voicehub.store.check_records import Impersonation, OptOut, RecordingCheck
from voicehub.store.checks import CheckStore
from voicehub.store.prints import PrintStore
from voicehub.store.rows import new_id, now
from voicehub.store.store import Store


@pytest.fixture
def log(store: Store) -> AuditStore:
    return AuditStore(store.database)


def by_hand(store: Store, statement: str) -> None:
    """Do to the database what somebody does who owns the file."""
    with closing(sqlite3.connect(store.database.path)) as connection:
        triggers = connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        for (name,) in triggers.fetchall():
            connection.execute(f"DROP TRIGGER {name}")
        connection.executescript(statement)


def test_what_happens_is_recorded_with_what_it_records(store: Store, log: AuditStore) -> None:
    user = make_local(store)
    consent = give_consent(store, user)
    voice = give_voice(store, consent)
    store.revoke_consent(consent.id, user.id)
    kinds = [row.kind for row in log.tail()]
    assert kinds == [
        "log.begun", "account.made", "consent.given", "voice.made", "version.made",
        "voice.deleted", "consent.revoked",
    ]  # fmt: skip
    revoked = log.tail(1)[0]
    assert (revoked.actor, revoked.subject) == (user.id, consent.id)
    assert json.loads(revoked.detail) == {"voices": [voice.id]}
    assert log.verify().problem is None
    text = "".join(log.lines())
    assert "Ada" not in text
    assert "Grace" not in text


def fail_after_a_row(db: SqliteDatabase) -> None:
    audit(db, "voice.made", "system", "nothing")
    audit(db, "voice.made", "Not an identifier", "nothing")


def test_what_fails_leaves_no_row(store: Store, log: AuditStore) -> None:
    before = log.head()
    with pytest.raises(ValueError, match="takes no"), store.database.write() as db:
        fail_after_a_row(db)
    assert log.head() == before


def test_a_line_can_be_checked_by_anybody(store: Store, log: AuditStore) -> None:
    make_local(store)
    previous = FIRST_HASH
    for line in log.lines():
        told = json.loads(line)
        assert told.pop("previous_sha256") == previous
        claimed = told.pop("sha256")
        text = json.dumps(told, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        assert hashlib.sha256(f"{previous}\n{text}".encode()).hexdigest() == claimed
        previous = claimed
    assert log.head().sha256 == previous


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_log SET actor = 'x'",
        "DELETE FROM audit_log",
        "INSERT OR REPLACE INTO audit_log SELECT 1, at, kind, 'x', subject, detail,"
        " previous_sha256, sha256 FROM audit_log WHERE number = 1",
        "INSERT INTO audit_log SELECT 9, at, kind, actor, subject, detail, sha256,"
        " printf('%064d', 1) FROM audit_log WHERE number = 1",
        "INSERT INTO audit_log SELECT 2, at, kind, actor, subject, detail, previous_sha256,"
        " printf('%064d', 1) FROM audit_log WHERE number = 1",
    ],
)
def test_it_only_grows_row_by_row(store: Store, log: AuditStore, statement: str) -> None:
    log.head()
    with (
        closing(sqlite3.connect(store.database.path)) as connection,
        pytest.raises(sqlite3.IntegrityError, match="only grows"),
    ):
        connection.execute(statement)


def test_nobody_writes_words_into_it(store: Store, log: AuditStore) -> None:
    for told in ({"name": "Ada Lovelace"}, {"text": "hello there"}, {"x": 0.5}, {"x": ["Ä"]}):
        with pytest.raises(ValueError, match="audit log takes no"):
            log.record("voice.made", "system", "x", told)
    with pytest.raises(ValueError, match="audit log takes no"):
        log.record("voice.made", "Ada", "x")


def test_the_head_kept_elsewhere_shows_that_rows_were_cut_off(
    store: Store, log: AuditStore
) -> None:
    for number in range(5):
        log.record("text.refused", "system", f"rule.{number}")
    kept = Head.parse(str(log.head()))
    assert log.verify([kept]).problem is None
    log.record("text.refused", "system", "rule.6")
    assert log.verify([kept]).problem is None
    by_hand(store, "DELETE FROM audit_log WHERE number > 4")
    assert log.verify().problem is None
    found = log.verify([kept])
    assert found.bad_row == 5
    assert "cut off" in str(found.problem)
    with pytest.raises(InputError, match="NUMBER:SHA256"):
        Head.parse("12:abc")


def test_every_kind_of_tampering_names_the_first_bad_row(store: Store, log: AuditStore) -> None:
    chance = random.Random(1)
    for number in range(20):
        log.record("text.refused", "system", f"rule.{number}", {"n": number})
    head = log.head()
    whole = log.tail(100)
    for row in chance.sample(whole[1:-1], 6):
        for change, bad in (
            (f"UPDATE audit_log SET detail = '{{}}' WHERE number = {row.number}", row.number),
            (
                f"UPDATE audit_log SET detail = detail || ' ' WHERE number = {row.number}",
                row.number,
            ),
            (f"DELETE FROM audit_log WHERE number = {row.number}", row.number),
            (
                f"UPDATE audit_log SET number = -1 WHERE number = {row.number};"
                f"UPDATE audit_log SET number = {row.number} WHERE number = {row.number + 1};"
                f"UPDATE audit_log SET number = {row.number + 1} WHERE number = -1",
                row.number,
            ),
        ):
            by_hand(store, "PRAGMA ignore_check_constraints=ON;" + change)
            found = log.verify([head])
            assert found.bad_row == bad, change
            by_hand(store, "DELETE FROM audit_log")
            with closing(sqlite3.connect(store.database.path)) as connection:
                connection.executemany(
                    "INSERT INTO audit_log VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                    [tuple(vars(each).values()) for each in whole],
                )
                connection.commit()


def test_who_writes_past_the_log_is_found(store: Store, log: AuditStore) -> None:
    user = make_local(store)
    consent = give_consent(store, user)
    assert log.verify().problem is None
    by_hand(store, f"UPDATE consents SET revoked = '2026-01-01' WHERE id = '{consent.id}'")
    assert "without a row 'consent.revoked'" in str(log.verify().problem)


def test_what_a_person_decides_is_recorded(store: Store, log: AuditStore) -> None:
    user = make_local(store)
    said = {"state": "waiting", "verification": {"verdict": "waiting"}}
    first, second = give_consent(store, user, **said), give_consent(store, user, **said)
    checks, prints = CheckStore(store.database), PrintStore(store.database)
    old = f"{first.id}-{HASH}"  # as comparisons are called that a migration made
    checks.add([RecordingCheck(old, first.id, HASH, 0.8, "waiting", 0.9, 0.7, "tests", now())])
    checks.review(first.id, True, "")
    checks.review(old, False, "somebody else")
    entry = OptOut(new_id(), "Grace Hopper", now())
    prints.add_optout(entry, bytes(512))
    prints.end_optout(entry.id)
    prints.log_impersonation(Impersonation(new_id(), now(), user.id, "voice", "v", 0.97, HASH))
    told = [(row.kind, row.actor, row.subject) for row in log.tail(5)]
    assert told == [
        ("review.accepted", "operator", first.id), ("review.refused", "operator", old),
        ("optout.added", "operator", entry.id), ("optout.ended", "operator", entry.id),
        ("recording.refused", user.id, HASH),
    ]  # fmt: skip
    assert log.verify().problem is None
    by_hand(
        store,
        f"UPDATE consents SET state = 'accepted', reviewed = created WHERE id = '{second.id}'",
    )
    assert "without a row 'review.accepted'" in str(log.verify().problem)


@pytest.mark.parametrize("table", ["consents", "generations", "voices", "users"])
def test_a_row_is_not_replaced(store: Store, table: str) -> None:
    """INSERT OR REPLACE fires no trigger of deletion: a revoked consent would hold again."""
    user = make_local(store)
    consent = give_consent(store, user)
    store.log_generation(marked(store, give_voice(store, consent)))
    with (
        closing(sqlite3.connect(store.database.path)) as connection,
        pytest.raises(sqlite3.IntegrityError, match="not replaced"),
    ):
        connection.execute(f"INSERT OR REPLACE INTO {table} SELECT * FROM {table}")
