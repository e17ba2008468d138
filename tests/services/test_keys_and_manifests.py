"""Keys are secret, made once and rotated; a signature notices every byte."""

import json
import stat
import threading
from pathlib import Path

import numpy as np
import pytest

from voicehub.errors import InputError, SettingsError
from voicehub.services.keys import KINDS, KeyRing
from voicehub.services.manifests import sign, verify
from voicehub.store.backup import back_up_all
from voicehub.store.restore import restore
from voicehub.store.store import Store

BODY = {"pcm_sha256": "a" * 64, "voice": "v", "seconds": 1.5, "producer": "声音"}


def test_keys_are_made_at_first_use_for_this_user_alone(own_home: Path) -> None:
    ring = KeyRing(own_home)
    for kind in KINDS:
        key = ring.current(kind)
        assert len(key.secret) == 32
        assert KeyRing(own_home).current(kind) == key
        assert key.secret.hex() not in repr(key)
    assert stat.S_IMODE(ring.folder.stat().st_mode) == 0o700
    paths = sorted(ring.folder.iterdir())
    assert len(paths) == 2
    assert all(stat.S_IMODE(path.stat().st_mode) == 0o600 for path in paths)


def test_processes_that_start_at_once_agree_on_what_verifies(own_home: Path) -> None:
    made = []
    threads = [
        threading.Thread(target=lambda: made.append(KeyRing(own_home).current("signing")))
        for _ in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    known = {key.id for key in KeyRing(own_home).keys("signing")}
    assert {key.id for key in made} <= known


def test_rotation_keeps_the_old_keys_for_verifying(own_home: Path) -> None:
    ring = KeyRing(own_home)
    old, signed = ring.current("signing"), sign(ring, BODY)
    new = ring.rotate("signing")
    assert [key.id for key in ring.keys("signing")] == [new.id, old.id]
    assert verify(ring, signed).key_id == old.id
    assert verify(ring, sign(ring, BODY)).key_id == new.id


def test_keys_from_the_environment_come_first(
    own_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stored = KeyRing(own_home).current("watermark")
    monkeypatch.setenv("VOICEHUB_WATERMARK_KEY", "ab" * 32 + "," + "cd" * 32)
    ring = KeyRing(own_home)
    assert ring.current("watermark").secret == b"\xab" * 32
    assert [key.secret for key in ring.keys("watermark")][1:] == [b"\xcd" * 32, stored.secret]
    with pytest.raises(SettingsError, match="VOICEHUB_WATERMARK_KEY"):
        ring.rotate("watermark")
    monkeypatch.setenv("VOICEHUB_WATERMARK_KEY", "not a key")
    with pytest.raises(SettingsError, match="64 hexadecimal"):
        ring.current("watermark")


@pytest.mark.parametrize("content", ["", "{}", '{"secret": "ab", "created": "t"}', "[1]"])
def test_a_damaged_key_is_told_and_never_replaced(own_home: Path, content: str) -> None:
    ring = KeyRing(own_home)
    ring.current("watermark")
    (path,) = ring.folder.iterdir()
    path.write_text(content)
    with pytest.raises(SettingsError, match="restore it from a backup"):
        ring.current("watermark")


def test_a_key_that_others_can_read_is_refused(own_home: Path) -> None:
    ring = KeyRing(own_home)
    ring.current("watermark")
    (path,) = ring.folder.iterdir()
    path.chmod(0o644)
    with pytest.raises(SettingsError, match="chmod 600"):
        ring.current("watermark")


def test_a_backup_with_files_brings_the_keys_back(own_home: Path, tmp_path: Path) -> None:
    Store(own_home).voices()
    keys = [KeyRing(own_home).current(kind) for kind in KINDS]
    back_up_all(own_home, tmp_path / "all.tar")
    for path in (own_home / "keys").iterdir():
        path.unlink()
    restore(own_home, tmp_path / "all.tar")
    assert [KeyRing(own_home).current(kind) for kind in KINDS] == keys


def test_every_byte_of_a_manifest_counts(own_home: Path) -> None:
    ring = KeyRing(own_home)
    data = sign(ring, BODY)
    read = verify(ring, data)
    assert (read.body, read.ours) == (BODY, True)
    assert data.isascii()
    chance = np.random.default_rng(0)
    for place in range(len(data)):
        for flip in (int(chance.integers(1, 256)), 0x20):  # 0x20: capitals, the same number in hex
            changed = bytearray(data)
            changed[place] ^= flip
            with pytest.raises(InputError):
                verify(ring, bytes(changed))
    signature = json.loads(data)["signature"].encode()
    for other in (
        data.replace(signature, signature.upper()),
        data + b"\n",
        data[:-1],
        b"",
        b"[]",
        b"{}",
        json.dumps(json.loads(data)).encode(),
    ):
        with pytest.raises(InputError):
            verify(ring, other)


def test_a_manifest_of_somebody_else_holds_and_is_not_ours(own_home: Path, tmp_path: Path) -> None:
    foreign = sign(KeyRing(tmp_path / "elsewhere"), BODY)
    ring = KeyRing(own_home)
    ring.current("signing")
    assert verify(ring, foreign).ours is False
