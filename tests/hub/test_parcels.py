"""A parcel says what it holds and who says so; whatever is changed in it is seen."""

import json
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hub_parcels import PROOF, write_parcel
from hypothesis import given
from hypothesis import strategies as st

from voicehub.errors import CheckpointError, InputError
from voicehub.hub.card import CardFacts, write_card
from voicehub.hub.parcel import (
    CONSENT,
    MANIFEST,
    canonical,
    check_consent,
    check_files,
    checked_repo,
    files_of,
    read_manifest,
)
from voicehub.hub.registry import Registry
from voicehub.hub.shelf import Shipment
from voicehub.hub.signing import is_signed, sign


def test_a_signature_holds_for_its_message_and_key_alone() -> None:
    ours, others = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
    key, signature = sign(ours, b"hello")
    assert is_signed(key, signature, b"hello")
    assert sign(ours, b"hello") == (key, signature)
    assert not is_signed(key, signature, b"hullo")
    assert not is_signed(sign(others, b"hello")[0], signature, b"hello")
    assert not is_signed("zz", signature, b"hello")
    assert not is_signed(key, "", b"hello")


def test_rfc_8032_test_vector() -> None:
    public = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"
    signature = (
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
        "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"
    )
    assert is_signed(public, signature, b"")
    assert not is_signed(public, signature, b"x")


def test_a_parcel_is_read_back_and_every_change_is_seen(tmp_path: Path) -> None:
    folder = write_parcel(tmp_path / "p", tmp_path)
    manifest = read_manifest(folder)
    names = [name for name in files_of(folder) if name != MANIFEST]
    check_files(folder, manifest, names)
    assert check_consent(folder, manifest) == PROOF
    for name in names:
        before = (folder / name).read_bytes()
        (folder / name).write_bytes(before + b" ")
        with pytest.raises(CheckpointError, match="hash that the manifest states"):
            check_files(folder, manifest, names)
        (folder / name).write_bytes(before)
    with pytest.raises(CheckpointError, match="does not name"):
        check_files(folder, manifest, ["other.bin"])


@pytest.mark.parametrize(
    "change",
    [
        {"voice_id": "v-2"}, {"consent_sha256": "b" * 64}, {"files": {}}, {"version": 2},
        {"signature": "00" * 64}, {"public_key": "00" * 32}, {"format": 2}, {"more": 1},
    ],
)  # fmt: skip
def test_a_changed_manifest_is_refused(tmp_path: Path, change: dict[str, object]) -> None:
    folder = write_parcel(tmp_path / "p", tmp_path)
    document = json.loads((folder / MANIFEST).read_text()) | change
    (folder / MANIFEST).write_text(json.dumps(document))
    with pytest.raises(CheckpointError):
        read_manifest(folder)


@pytest.mark.parametrize("text", ["", "[]", "{", '{"a": NaN}', "[" * 100_000, "\xff"])
def test_foreign_json_is_no_trap(tmp_path: Path, text: str) -> None:
    (tmp_path / MANIFEST).write_bytes(text.encode("latin-1"))
    with pytest.raises(CheckpointError):
        read_manifest(tmp_path)


def test_another_consent_is_refused(tmp_path: Path) -> None:
    folder = write_parcel(tmp_path / "p", tmp_path)
    (folder / CONSENT).write_bytes(canonical(PROOF | {"scope": "everything"}))
    with pytest.raises(CheckpointError, match="the consent"):
        check_consent(folder, read_manifest(folder))


@given(st.dictionaries(st.text(), st.one_of(st.integers(), st.text(), st.booleans())))
def test_one_object_has_one_way_to_be_written(value: dict[str, object]) -> None:
    shuffled = dict(reversed(list(value.items())))
    assert canonical(value) == canonical(shuffled)
    assert json.loads(canonical(value)) == value


@pytest.mark.parametrize("repo", ["ada", "a/b/c", "../b", "a/..", "a/", "/b", "a b/c", "a/b--c"])
def test_a_repository_needs_a_proper_name(repo: str) -> None:
    with pytest.raises(InputError):
        checked_repo(repo)


def test_the_card_tells_all_and_runs_nothing() -> None:
    card = write_card(
        CardFacts(
            "ada/voice", "Ada", "v-1", 3, "adapter", "base", 1.5, 2, "spoken statement", "c" * 64,
            "mine", '<script>alert(1)</script>\n# [x](y) "quoted"', {"similarity": 0.84},
            [("previews/en.flac", "This is a synthetic voice.")], "No watermark.", "d" * 64, "gated",
        )
    )  # fmt: skip
    front, body = card.split("\n---\n", 1)
    for told in ("c" * 64, "d" * 64, "1.5 minutes", "similarity", "0.84", "mine", "No watermark",
                 "previews/en.flac", "version 3", "Limits"):  # fmt: skip
        assert told in body
    assert "<script" not in card.replace(front, "")
    assert "\n# [x]" not in card
    assert front.count("\n---") == 0
    (prompt,) = [line for line in front.splitlines() if line.startswith("extra_gated_prompt")]
    assert json.loads(prompt.split(": ", 1)[1]).startswith("Use Ada only")


def test_the_registry_holds_one_voice_a_name(tmp_path: Path) -> None:
    registry = Registry(tmp_path / "registry")
    one = Shipment("ada/v", write_parcel(tmp_path / "1", tmp_path), "v-1", "v1", "one")
    two = Shipment("ada/v", write_parcel(tmp_path / "2", tmp_path, version=2), "v-1", "v2", "two")
    first = registry.put(one)
    assert registry.put(one) == first
    second = registry.put(two)
    assert second != first
    assert registry.fetch("ada/v", None, {MANIFEST: 9999}, tmp_path / "got") == second
    assert sorted(p.name for p in (tmp_path / "registry/ada/v").iterdir()) == sorted(
        ["HEAD", second]
    )
    with pytest.raises(InputError, match="at most 10"):
        registry.fetch("ada/v", None, {MANIFEST: 10}, tmp_path / "got")
    other = Shipment("ada/v", write_parcel(tmp_path / "3", tmp_path, "v-2"), "v-2", "v1", "other")
    with pytest.raises(InputError, match="another voice"):
        registry.put(other)
    registry.erase("ada/v", "v-2")
    assert registry.is_there("ada/v")
    registry.erase("ada/v", "v-1")
    registry.erase("ada/v", "v-1")
    assert not registry.is_there("ada/v")
    assert list((tmp_path / "registry").iterdir()) == []
