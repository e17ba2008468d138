"""Backups: whole, also while others write; a restore changes all or nothing and keeps the old."""

import sqlite3
import tarfile
import threading
from contextlib import closing
from pathlib import Path

import pytest
from store.people import give_consent, give_voice, make_local

from voicehub.errors import InputError, NotFoundError, VoiceHubError
from voicehub.store.backup import back_up_all, back_up_database
from voicehub.store.jobs import JobStore
from voicehub.store.presence import alone, at_work
from voicehub.store.records import OPERATOR, Voice
from voicehub.store.restore import restore
from voicehub.store.store import Store


@pytest.fixture
def voice(store: Store) -> Voice:
    """A voice with its file on the disk."""
    voice = give_voice(store, give_consent(store, make_local(store)))
    folder = store.home / voice.folder
    folder.mkdir(parents=True)
    (folder / "voice.safetensors").write_bytes(b"weights")
    (store.home / "voices" / ".draft.part").write_bytes(b"in the making")
    return voice


def contents(home: Path) -> dict[str, bytes]:
    return {
        path.relative_to(home).as_posix(): path.read_bytes()
        for path in home.rglob("*")
        if path.is_file() and path.suffix != ".lock"
    }


def test_a_copy_of_the_database_is_whole_while_others_write(store: Store, tmp_path: Path) -> None:
    jobs, stop = JobStore(store.database), threading.Event()
    jobs.submit(OPERATOR, "demo", "training", {})

    def write() -> None:
        while not stop.is_set():
            jobs.submit(OPERATOR, "demo", "training", {})
            stop.wait(0.005)

    thread = threading.Thread(target=write)
    thread.start()
    try:
        target = tmp_path / "copy.db"
        made = back_up_database(store.home, target)
        back_up_database(store.home, target)  # over the one of yesterday
    finally:
        stop.set()
        thread.join()
    assert made.size_bytes > 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["copy.db", "home"]
    assert target.stat().st_mode & 0o077 == 0
    with closing(sqlite3.connect(target)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert connection.execute("SELECT count(*) FROM jobs").fetchone()[0] >= 1


def test_a_restored_database_is_as_it_was_and_the_old_one_is_kept(
    store: Store, voice: Voice, tmp_path: Path
) -> None:
    target = tmp_path / "copy.db"
    back_up_database(store.home, target)
    store.delete_voice(voice.id, revoke=False)
    done = restore(store.home, target)
    assert Store(store.home).voice(voice.id) == voice
    assert Store(store.home).database.problems() == []
    assert done.aside is not None
    with pytest.raises(NotFoundError):
        Store(done.aside).voice(voice.id)
    assert (store.home / voice.folder / "voice.safetensors").read_bytes() == b"weights"


def test_an_archive_brings_the_files_back(store: Store, voice: Voice, tmp_path: Path) -> None:
    target, elsewhere = tmp_path / "all.tar", tmp_path / "elsewhere"
    made = back_up_all(store.home, target)
    assert made.files == 1
    with tarfile.open(target) as archive:
        names = archive.getnames()
    file = f"{voice.folder}/voice.safetensors"
    assert names == ["voicehub.db", file, "SHA256SUMS"]
    done = restore(elsewhere, target)
    assert (done.files, done.aside) == (1, None)
    assert (elsewhere / file).read_bytes() == b"weights"
    assert Store(elsewhere).voice(voice.id) == voice

    (store.home / file).write_bytes(b"other weights")
    done = restore(store.home, target)
    assert (store.home / file).read_bytes() == b"weights"
    assert done.aside is not None
    assert (done.aside / file).read_bytes() == b"other weights"
    assert not list(store.home.glob(".restore-*"))


def spoil(target: Path, how: str) -> None:
    """Damage an archive, or make it something else."""
    content = target.read_bytes()
    if how == "changed":
        target.write_bytes(content.replace(b"weights", b"weighty", 1))
    elif how == "cut":
        target.write_bytes(content[: len(content) // 3])
    elif how == "text":
        target.write_text("not a backup")
    elif how == "foreign database":
        target.unlink()
        with closing(sqlite3.connect(target)) as connection:
            connection.execute("CREATE TABLE a (b)")
            connection.commit()
    elif how == "damaged database":
        with tarfile.open(target) as archive:
            member = archive.extractfile("voicehub.db")
            assert member is not None
            database = bytearray(member.read())
        database[4096:8192] = b"\xff" * 4096
        target.write_bytes(database)
    else:
        with tarfile.open(target, "a") as archive:
            archive.add(__file__, "../outside" if how == "outside" else "voices/more")


@pytest.mark.parametrize(
    "how",
    ["changed", "cut", "text", "foreign database", "damaged database", "outside", "more"],
)
def test_what_is_damaged_is_refused_and_changes_nothing(
    store: Store, voice: Voice, tmp_path: Path, how: str
) -> None:
    target = tmp_path / "all.tar"
    back_up_all(store.home, target)
    spoil(target, how)
    before = contents(store.home)
    with pytest.raises(InputError, match=r"all\.tar"):
        restore(store.home, target)
    assert contents(store.home) == before
    assert not (tmp_path / "outside").exists()


def test_nothing_is_restored_under_a_running_page(store: Store, tmp_path: Path) -> None:
    store.voices()
    target = tmp_path / "copy.db"
    back_up_database(store.home, target)
    with (
        at_work(store.home),
        at_work(store.home),
        pytest.raises(VoiceHubError, match="running there"),
    ):
        restore(store.home, target)
    with (
        alone(store.home),
        pytest.raises(VoiceHubError, match="being restored"),
        at_work(store.home),
    ):
        pass
    restore(store.home, target)


def test_backups_that_cannot_be_made_are_refused_in_words(store: Store, tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="no database"):
        back_up_database(store.home, tmp_path / "copy.db")
    store.voices()
    with pytest.raises(InputError, match="is a folder"):
        back_up_database(store.home, tmp_path)
    with pytest.raises(InputError, match="database itself"):
        back_up_database(store.home, store.home / "voicehub.db")
    with pytest.raises(VoiceHubError, match="cannot be written"):
        back_up_all(store.home, tmp_path / "nowhere" / "all.tar")
    with pytest.raises(NotFoundError):
        restore(store.home, tmp_path / "none")
