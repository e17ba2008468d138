"""The store: records survive, no voice or speech without consent, the log only grows."""

import sqlite3
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from store.people import heard, marked

from voicehub.errors import ConsentError, InputError, NotFoundError, VoiceHubError
from voicehub.store.connections import Connections
from voicehub.store.records import Consent, Evaluation, Recording, Voice
from voicehub.store.store import Store, new_id, now

HASH = "a" * 64


def make_consent(**changes: object) -> Consent:
    consent = Consent(new_id(), "spoken", now(), statement_sha256=HASH, text_version="1")
    return replace(consent, **changes)


def make_voice(consent: Consent, name: str = "Ada") -> Voice:
    identifier = new_id()
    folder = f"voices/{identifier}/1"
    return Voice(identifier, name, now(), "adapter", "base", folder, HASH, consent.id, {"steps": 3})


def nothing() -> None:
    """Put no files in place."""


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "home")


@pytest.fixture
def voice(store: Store) -> Voice:
    consent = make_consent()
    store.add_consent(consent)
    voice = make_voice(consent)
    heard(store, consent, "b" * 64)
    store.add_voice(voice, [Recording("b" * 64, 12.5, {"snr_db": 31.0})], nothing)
    return voice


def raw(store: Store) -> sqlite3.Connection:
    connection = sqlite3.connect(store.database.path)
    connection.execute("PRAGMA foreign_keys=ON")
    return connection


def test_records_come_back_as_they_went_in(store: Store, voice: Voice) -> None:
    again = Store(store.home)
    assert again.voice("ada") == voice == again.voice(voice.id)
    assert again.voices() == [voice]
    assert again.recordings(voice.id) == [Recording("b" * 64, 12.5, {"snr_db": 31.0})]
    generation = marked(store, voice)
    again.log_generation(generation)
    assert again.generations(voice.id) == [generation]
    evaluation = Evaluation(new_id(), voice.id, now(), {"similarity": 0.9})
    again.add_evaluation(evaluation)
    assert again.evaluations(voice.id) == [evaluation]


def test_a_voice_needs_a_consent_that_exists(store: Store) -> None:
    with pytest.raises(ConsentError):
        store.add_voice(make_voice(make_consent()), [], nothing)
    assert store.voices() == []


def test_a_voice_needs_a_consent_that_holds(store: Store, voice: Voice) -> None:
    store.delete_voice(voice.id, revoke=True)
    revoked = store.consent(voice.consent_id)
    assert not revoked.valid
    with pytest.raises(ConsentError):
        store.add_voice(make_voice(revoked, "again"), [], nothing)


def test_revoking_ends_every_voice_under_the_consent(store: Store, voice: Voice) -> None:
    second = make_voice(store.consent(voice.consent_id), "second")
    store.add_voice(second, [heard(store, store.consent(voice.consent_id))], nothing)
    speeches = [marked(store, each) for each in (voice, second)]
    assert set(store.delete_voice(voice.id, revoke=True)) == {voice.id, second.id}
    assert store.voices() == []
    for each, speech in zip((voice, second), speeches, strict=True):
        with pytest.raises(ConsentError, match="consent holds"):
            store.log_generation(speech)
        with pytest.raises(ConsentError):
            store.check_consent(each)


def test_deleting_keeps_the_consent_and_frees_the_name(store: Store, voice: Voice) -> None:
    speech = marked(store, voice)
    assert store.delete_voice(voice.id, revoke=False) == [voice.id]
    with pytest.raises(NotFoundError):
        store.voice("Ada")
    with pytest.raises(ConsentError, match="consent holds"):
        store.log_generation(speech)
    consent = store.consent(voice.consent_id)
    store.add_voice(make_voice(consent), [heard(store, consent)], nothing)


def test_recordings_that_nobody_compared_make_no_voice(store: Store) -> None:
    consent = make_consent()
    store.add_consent(consent)
    unheard = Recording("c" * 64, 5.0, {})
    for recordings in ([], [unheard], [heard(store, consent), unheard]):
        with pytest.raises(ConsentError, match="recording"):
            store.add_voice(make_voice(consent), recordings, nothing)
    assert store.voices() == []


def test_speech_needs_the_consent_of_its_own_voice(store: Store, voice: Voice) -> None:
    other = make_consent()
    store.add_consent(other)
    with pytest.raises(ConsentError):
        store.log_generation(replace(marked(store, voice), consent_id=other.id))


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM generations",
        "UPDATE generations SET sha256 = 'b'",
        "DELETE FROM consents",
        "DELETE FROM voices",
        "UPDATE consents SET licence = 'CC0'",
        "UPDATE consents SET revoked = NULL",
        "UPDATE voices SET consent_id = 'x'",
        "INSERT INTO voices (id, name, created, kind, base_id, folder, sha256, consent_id)"
        " VALUES ('v', 'n', 't', 'full', 'b', 'f', printf('%064d', 0), 'none')",
        "INSERT INTO generations (id, voice_id, consent_id, created, kind, seconds, sha256)"
        " VALUES ('g', 'none', 'none', 't', 'speak', 1.0, printf('%064d', 0))",
        "INSERT INTO consents (id, kind, created) VALUES ('c', 'spoken', 't')",
        "INSERT INTO consents (id, kind, created, licence, attribution)"
        " VALUES ('c', 'corpus-licence', 't', 'CC0', '  ')",
    ],
)
def test_direct_sql_is_refused_too(store: Store, voice: Voice, statement: str) -> None:
    store.log_generation(marked(store, voice))
    connection = raw(store)
    with pytest.raises(sqlite3.IntegrityError):
        connection.execute(statement)
    connection.close()


def test_revoked_consent_and_deleted_voice_do_not_come_back(store: Store, voice: Voice) -> None:
    store.delete_voice(voice.id, revoke=True)
    connection = raw(store)
    for statement in ("UPDATE consents SET revoked = NULL", "UPDATE voices SET status = 'ready'"):
        with pytest.raises(sqlite3.IntegrityError):
            connection.execute(statement)
    connection.close()


def test_a_name_is_taken_once_whatever_its_case(store: Store, voice: Voice) -> None:
    with pytest.raises(InputError, match="already"):
        store.check_name("ADA")
    with pytest.raises(InputError, match="already"):
        store.add_voice(make_voice(store.consent(voice.consent_id), "aDa"), [], nothing)


def test_a_voice_whose_files_fail_is_not_recorded(store: Store) -> None:
    consent = make_consent()
    store.add_consent(consent)

    def fail() -> None:
        raise OSError(28, "No space left on device")

    with pytest.raises(VoiceHubError, match="No space left"):
        store.add_voice(make_voice(consent), [heard(store, consent)], fail)
    assert store.voices() == []


def test_writers_wait_for_each_other(store: Store, voice: Voice) -> None:
    def log() -> None:
        for _ in range(5):
            store.log_generation(marked(store, voice))

    threads = [threading.Thread(target=log) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(store.generations(voice.id)) == 30
    assert store.database.problems() == []


def test_stores_that_open_at_once_migrate_once(tmp_path: Path) -> None:
    failures: list[BaseException] = []

    def open_store() -> None:
        try:
            Store(tmp_path).voices()
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=open_store) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


def test_who_opens_while_another_changes_the_journal_waits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "voicehub.db"
    connect = sqlite3.connect
    other = connect(path, check_same_thread=False)
    other.execute("CREATE TABLE before (x)")
    other.execute("BEGIN EXCLUSIVE")
    release = threading.Timer(0.3, other.rollback)
    release.start()

    def impatient(place: Path, timeout: float, check_same_thread: bool) -> sqlite3.Connection:
        return connect(place, timeout=0, check_same_thread=check_same_thread)

    # As SQLite is where two readers both want to change the journal: it sends one away at once.
    monkeypatch.setattr(sqlite3, "connect", impatient)
    with pytest.raises(sqlite3.OperationalError, match="locked"), Connections(path, 0.0).lent():
        pass
    patient = Connections(path, 5.0)
    with patient.lent() as db:
        assert db.execute("PRAGMA journal_mode").fetchone()[0] == "wal"
    release.join()
    patient.close()
    other.close()


def test_durability_settings(store: Store) -> None:
    with store.database.write() as db:
        assert db.execute("PRAGMA journal_mode").fetchone()[0] == "wal"
        assert db.execute("PRAGMA synchronous").fetchone()[0] == 2
        assert db.execute("PRAGMA foreign_keys").fetchone()[0] == 1
        strict = db.execute(
            "SELECT name FROM pragma_table_list WHERE strict = 0 AND schema = 'main'"
            " AND type = 'table' AND name NOT LIKE 'sqlite%' AND name NOT LIKE '_sqlite%'"
        ).fetchall()
        assert strict == []


def test_a_damaged_database_is_named(tmp_path: Path) -> None:
    (tmp_path / "voicehub.db").write_bytes(b"not a database" * 100)
    with pytest.raises(VoiceHubError, match="damaged"):
        Store(tmp_path).voices()


def test_a_database_of_a_newer_version_is_refused(store: Store) -> None:
    store.voices()
    connection = raw(store)
    connection.execute(
        "INSERT INTO _sqlite_migrations (migration_set, name, applied_at)"
        " VALUES ('voicehub', '9999-future', 't')"
    )
    connection.commit()
    connection.close()
    with pytest.raises(VoiceHubError, match="newer"):
        Store(store.home).voices()


@pytest.mark.parametrize("given", [2**63, {"path": "/etc/passwd"}, [], [[[]]], object()])
def test_what_is_no_identifier_is_refused_in_a_sentence(store: Store, given: Any) -> None:
    """A program sends anything in the place of an identifier; the file is not damaged by it."""
    with pytest.raises(InputError, match="another kind"):
        store.own_voice(given, "somebody")
