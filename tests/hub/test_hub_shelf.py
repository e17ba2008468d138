"""The real client against a Hub that fails: one revision, the same bytes, nothing lost."""

import itertools
import logging
from collections.abc import Callable
from pathlib import Path

import pytest
from hub_parcels import Place
from stub_hub import OWNER, TOKEN, Fault, StubHub

from voicehub.errors import HubBusyError, HubError, InputError, NotFoundError
from voicehub.hub.hub_shelf import HubShelf
from voicehub.hub.parcel import PULLED, file_hash, files_of, read_manifest
from voicehub.hub.shelf import Shipment, patiently

Ship = Callable[..., Shipment]


def hashes(shipment: Shipment) -> dict[str, str]:
    return {name: file_hash(shipment.folder / name) for name in files_of(shipment.folder)}


def put(shelf: HubShelf, shipment: Shipment) -> str:
    return patiently(lambda: shelf.put(shipment), lambda: False, lambda seconds: None)


def test_a_voice_goes_out_and_comes_back(place: Place, ship: Ship, tmp_path: Path) -> None:
    shipment = ship(place.repo)
    revision = put(place.shelf, shipment)
    assert place.shelf.put(shipment) == revision
    got = tmp_path / "got"
    for asked in (None, "v1", revision):
        assert place.shelf.fetch(place.repo, asked, PULLED, got) == revision
    assert read_manifest(got) == read_manifest(shipment.folder)
    assert all(file_hash(got / name) == hashes(shipment)[name] for name in PULLED)
    second = put(place.shelf, ship(place.repo, 2))
    assert second != revision
    assert place.shelf.fetch(place.repo, "v1", PULLED, tmp_path / "old") == revision
    info = place.shelf.api.model_info(place.repo)
    assert info.private
    assert place.shelf.is_there(place.repo)
    place.shelf.erase(place.repo, "v-1")
    place.shelf.erase(place.repo, "v-1")
    assert not place.shelf.is_there(place.repo)
    with pytest.raises(NotFoundError):
        place.shelf.fetch(place.repo, None, PULLED, tmp_path / "none")


def test_gated_is_never_open(hub: StubHub, ship: Ship) -> None:
    seen = []

    def look(step: str) -> None:
        seen.extend((repo.private, repo.gated) for repo in hub.repos.values())

    hub.before = look
    HubShelf(hub.url, TOKEN).put(ship(f"{OWNER}/voice", visibility="gated"))
    assert (False, False) not in seen
    repo = hub.repos[f"{OWNER}/voice"]
    assert (repo.private, repo.gated) == (False, "manual")


@pytest.mark.parametrize(
    ("step", "kind"),
    [
        *itertools.product(["commit"], ["429", "500", "412", "timeout", "lost", "500-done"]),
        ("create", "503"), ("create", "500-done"), ("tag", "lost"), ("refs", "429"),
    ],
)  # fmt: skip
def test_after_any_failure_there_is_one_revision(
    hub: StubHub, ship: Ship, step: str, kind: str
) -> None:
    shelf, shipment = HubShelf(hub.url, TOKEN, timeout=0.5), ship(f"{OWNER}/voice")
    hub.slow_seconds = 0.8
    hub.faults = [Fault(step, kind)]
    revision = put(shelf, shipment)
    repo = hub.repos[f"{OWNER}/voice"]
    assert [each["title"] for each in repo.commits] == ["initial commit", "Ada, version 1"]
    assert repo.tags == {"v1": revision}
    assert repo.head["oid"] == revision
    assert hub.content(f"{OWNER}/voice") == hashes(shipment)
    assert all(fault.times == 0 for fault in hub.faults)


def test_a_killed_upload_goes_on_where_it_was(hub: StubHub, ship: Ship) -> None:
    shelf, shipment = HubShelf(hub.url, TOKEN), ship(f"{OWNER}/voice")
    hub.faults = [Fault("commit", "503")]
    with pytest.raises(HubBusyError):
        shelf.put(shipment)
    hub.calls.clear()
    put(HubShelf(hub.url, TOKEN), shipment)
    assert not [path for method, path in hub.calls if method == "PUT" and "/lfs/" in path]


def test_somebody_elses_commit_in_between_is_not_lost_sight_of(hub: StubHub, ship: Ship) -> None:
    shipment = ship(f"{OWNER}/voice")
    shelf = HubShelf(hub.url, TOKEN)
    once = iter([True])

    def meddle(step: str) -> None:
        if step == "commit" and next(once, False):
            repo = hub.repos[f"{OWNER}/voice"]
            repo.commit(dict(repo.head["files"]), "edited on the site")

    hub.before = meddle
    put(shelf, shipment)
    titles = [each["title"] for each in hub.repos[f"{OWNER}/voice"].commits]
    assert titles == ["initial commit", "edited on the site", "Ada, version 1"]


@pytest.mark.parametrize("step", ["large", "erase-large", "delete"])
@pytest.mark.parametrize("kind", ["429", "500", "500-done", "lost"])
def test_erasing_ends_with_nothing_there(hub: StubHub, ship: Ship, step: str, kind: str) -> None:
    shelf = HubShelf(hub.url, TOKEN)
    put(shelf, ship(f"{OWNER}/voice"))
    repo = hub.repos[f"{OWNER}/voice"]
    hub.faults = [Fault(step, kind)]

    def erase() -> str:
        shelf.erase(f"{OWNER}/voice", "v-1")
        return ""

    patiently(erase, lambda: False, lambda seconds: None)
    assert hub.repos == {}
    assert repo.objects == {}
    assert not any("lfs" in e for commit in repo.commits for e in commit["files"].values())


def test_what_is_somebody_elses_is_left_alone(hub: StubHub, ship: Ship) -> None:
    shelf = HubShelf(hub.url, TOKEN)
    put(shelf, ship(f"{OWNER}/voice"))
    with pytest.raises(InputError, match="something else"):
        shelf.put(ship(f"{OWNER}/voice", voice_id="v-2"))
    shelf.api.create_repo(f"{OWNER}/notes")
    shelf.api.upload_file(
        path_or_fileobj=b"mine", path_in_repo="notes.txt", repo_id=f"{OWNER}/notes"
    )
    with pytest.raises(InputError, match="something else"):
        shelf.put(ship(f"{OWNER}/notes", 3))
    for repo, voice_id in (("notes", "v-1"), ("voice", "v-2")):
        shelf.erase(f"{OWNER}/{repo}", voice_id)
    assert set(hub.repos) == {f"{OWNER}/voice", f"{OWNER}/notes"}
    with pytest.raises(HubError, match="does not reach"):
        shelf.erase("bob/voice", "v-1")


def test_tokens_are_needed_and_never_told(
    hub: StubHub, ship: Ship, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    shipment = ship(f"{OWNER}/voice")
    with pytest.raises(HubError, match="no token"):
        HubShelf(hub.url, None).put(shipment)
    with pytest.raises(HubError, match="no token"):
        HubShelf(hub.url, None).erase(f"{OWNER}/voice", "v-1")
    put(HubShelf(hub.url, TOKEN), shipment)
    with caplog.at_level(logging.DEBUG):
        hub.faults = [Fault("info", "500")]
        with pytest.raises(HubBusyError, match="answered 500"):
            HubShelf(hub.url, TOKEN).fetch(f"{OWNER}/voice", None, PULLED, tmp_path / "a")
        with pytest.raises(HubError) as refused:
            HubShelf(hub.url, "hf_wrong_token").put(shipment)
    with pytest.raises(NotFoundError):
        HubShelf(hub.url, None).fetch(f"{OWNER}/voice", None, PULLED, tmp_path / "b")
    for secret in (TOKEN, "hf_wrong_token"):
        assert secret not in caplog.text
        assert secret not in str(refused.value)
        assert secret not in repr(vars(shipment))


def test_only_a_valid_token_proves_that_a_voice_is_gone(hub: StubHub) -> None:
    for secret in (None, "hf_wrong_token"):
        with pytest.raises(HubError):
            HubShelf(hub.url, secret).is_there(f"{OWNER}/voice")
    assert not HubShelf(hub.url, TOKEN).is_there(f"{OWNER}/voice")


def test_nothing_larger_than_allowed_is_taken(hub: StubHub, ship: Ship, tmp_path: Path) -> None:
    shelf = HubShelf(hub.url, TOKEN)
    put(shelf, ship(f"{OWNER}/voice"))
    with pytest.raises(InputError, match="at most 10 are taken"):
        shelf.fetch(f"{OWNER}/voice", None, {"voice.safetensors": 10}, tmp_path / "a")


def test_a_hub_that_is_not_there_is_told(ship: Ship) -> None:
    with pytest.raises(HubBusyError, match="was not reached"):
        HubShelf("http://127.0.0.1:9", TOKEN).put(ship("ada/voice"))
