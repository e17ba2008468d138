"""A voice goes out under its consent, is checked where it arrives, and goes everywhere when it ends."""

import json
import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from house import Clip, House, Visitor
from huggingface_hub import constants
from stub_hub import OWNER, TOKEN, Fault, StubHub, reached

from drills.people import give_sold_voice, zero_shot
from voicehub.errors import (
    CheckpointError,
    ConsentError,
    HubError,
    InputError,
    NotFoundError,
)
from voicehub.hub.parcel import MANIFEST, canonical, seal
from voicehub.hub.signing import sign
from voicehub.services.clone import CloneRequest, CloneService
from voicehub.services.consent import CorpusLicence
from voicehub.services.hub import HubService
from voicehub.services.hub_tokens import HubTokens
from voicehub.services.keys import KeyRing
from voicehub.services.pulling import PullService
from voicehub.services.runtime import Runtime
from voicehub.services.shelves import registry_address
from voicehub.services.speech import SpeechService
from voicehub.store.records import OPERATOR, Consent, Voice

REPO = f"{OWNER}/voice"


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[StubHub]:
    with reached(monkeypatch) as hub:
        yield hub


@pytest.fixture
def voice(house: House, clip: Clip) -> Voice:
    request = CloneRequest(
        [clip(5)], "Ada", CorpusLicence("CC BY 4.0", "LibriSpeech"), zero_shot=True
    )
    return CloneService(house.runtime).clone(request, lambda fraction, message: None).voice


@pytest.fixture
def third(tmp_path: Path, tiny_base: Path) -> Runtime:
    """Another installation."""
    return Runtime(tmp_path / "third", tiny_base, "cpu")


def publish(house: House, voice: Voice, address: str = "", repo: str = REPO) -> str:
    service = HubService(house.runtime)
    (done,) = service.work_off([service.publish(house.runtime.operator, voice.id, repo, address)])
    assert done.revision is not None
    return done.revision


def test_from_one_installation_to_another_and_gone_from_both(
    house: House, voice: Voice, third: Runtime, hub: StubHub
) -> None:
    hub.faults = [Fault("commit", "500-done"), Fault("info", "429")]
    revision = publish(house, voice, hub.url)
    assert len(hub.repos[REPO].commits) == 2
    assert hub.repos[REPO].tags == {"v1": revision}
    assert not list((house.runtime.home / "outbox").rglob("*.safetensors"))
    card = hub.data(hub.repos[REPO], hub.repos[REPO].head["files"]["README.md"]).decode()
    assert "CC BY 4.0" in card
    assert set(hub.content(REPO)) == {
        "README.md", "consent.json", "manifest.json", "voice.json", "voice.safetensors",
        "previews/en.flac", "previews/zh.flac",
    }  # fmt: skip

    pulled = PullService(third).pull(third.operator, REPO, hub.url, "v1", name="Guest")
    assert (pulled.sha256, pulled.kind) == (voice.sha256, "zero-shot")
    assert sorted(p.name for p in (third.home / pulled.folder).iterdir()) == [
        "consent.json", "manifest.json", "voice.json", "voice.safetensors",
    ]  # fmt: skip
    consent = third.store.consent(pulled.consent_id)
    assert f"pulled from the hub {REPO}" in str(consent.attribution)
    assert consent.verification["consent_sha256"] in str(consent.attribution)
    assert third.audit.verify().problem is None
    spoken = list(SpeechService(third).speak("Guest", "Hello."))
    assert spoken[0].seconds > 0
    assert third.store.generations(pulled.id)[0].consent_id == consent.id

    with pytest.raises(ConsentError, match="not published again"):
        HubService(third).publish(third.operator, pulled.id, "bob/voice")
    with pytest.raises(InputError, match="here already"):
        PullService(third).pull(third.operator, REPO, hub.url)
    assert PullService(third).check_pulled() == []

    large = hub.repos[REPO].objects
    gone = house.library.revoke(house.runtime.operator, voice.id)
    assert gone.voices == (voice.id,)
    HubService(house.runtime).work_off(house.runtime.outbox.waiting())
    assert (hub.repos, large) == ({}, {})
    assert PullService(third).check_pulled() == [REPO]
    with pytest.raises(NotFoundError):
        SpeechService(third).speak("Guest", "Hello.")
    assert not (third.home / pulled.folder).exists()


def test_without_a_token_the_registry_serves(
    house: House, voice: Voice, third: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("HF_TOKEN", raising=False)
    monkeypatch.setattr(constants, "HF_TOKEN_PATH", "/nowhere/token")
    with pytest.raises(HubError, match="there is no token"):
        HubService(house.runtime).publish(
            house.runtime.operator, voice.id, REPO, "https://huggingface.co"
        )
    first = publish(house, voice)
    assert publish(house, voice) != first  # packed anew: another time stands in the manifest
    elsewhere = registry_address(house.runtime.home / "registry")
    pulled = PullService(third).pull(third.operator, REPO, elsewhere)
    assert pulled.name == "Ada"
    service = HubService(house.runtime)
    service.work_off(service.withdraw(house.runtime.operator, voice.id))
    assert house.runtime.store.voice(voice.id) == voice
    assert PullService(third).check_pulled() == [REPO]
    with pytest.raises(InputError, match="not published"):
        service.withdraw(house.runtime.operator, voice.id)
    publish(house, voice)


def test_a_parcel_from_before_a_rotation_goes_on_to_verify(
    house: House, voice: Voice, third: Runtime
) -> None:
    publish(house, voice)
    old, new = house.runtime.keys.current("signing"), house.runtime.keys.rotate("signing")
    publish(house, voice, repo=f"{OWNER}/again")
    address = registry_address(house.runtime.home / "registry")
    pulled = PullService(third).pull(third.operator, REPO, address)
    told = third.store.consent(pulled.consent_id).verification
    assert told["public_key"] == old.public().hex() != new.public().hex()
    with pytest.raises(CheckpointError, match="signed with the key"):
        PullService(third).pull(third.operator, f"{OWNER}/again", address)


def test_what_is_changed_on_the_way_is_refused(
    house: House, voice: Voice, third: Runtime, tiny_base: Path
) -> None:
    publish(house, voice)
    parcel = next((house.runtime.home / "registry" / REPO).glob("[0-9a-f]*"))
    kept = house.runtime.home / "kept"
    shutil.copytree(parcel, kept)
    address = registry_address(house.runtime.home / "registry")

    left: list[Consent] = []

    def refused(words: str) -> None:
        with pytest.raises(CheckpointError, match=words):
            PullService(third).pull(third.operator, REPO, address)
        shutil.rmtree(parcel)
        shutil.copytree(kept, parcel)
        assert third.store.voices() == []
        assert [each for each in third.store.consents() if each.valid] == left
        assert list((third.home / "voices").iterdir()) == []

    for name in ("voice.safetensors", "voice.json", "consent.json"):
        data = bytearray((parcel / name).read_bytes())
        data[-3] ^= 1
        (parcel / name).write_bytes(data)
        refused("hash" if name != "consent.json" else "hash|JSON")

    def sealed(change: Callable[[dict[str, object]], None], home: Path) -> None:
        document = json.loads((parcel / MANIFEST).read_text())
        facts = {k: document[k] for k in ("voice_id", "name", "version", "base_id",
                                          "consent_sha256", "licence", "created")}  # fmt: skip
        change(facts)
        (parcel / MANIFEST).unlink()
        seal(
            parcel, facts, lambda message: sign(KeyRing(home).current("signing").private(), message)
        )

    sealed(lambda facts: facts.update(base_id="another"), house.runtime.home)
    refused("base checkpoint another")
    sealed(lambda facts: facts.update(consent_sha256="0" * 64), house.runtime.home)
    refused("the consent does not have the hash")
    (parcel / "consent.json").write_bytes(canonical({"kind": "spoken"}))
    sealed(lambda facts: None, house.runtime.home)
    refused("the consent does not have the hash")

    # The owner's key is remembered, and another one is not taken silently.
    pulled = PullService(third).pull(third.operator, REPO, address)
    house_of_third = House(third)
    house_of_third.library.delete(third.operator, pulled.id)
    left.extend(third.store.consents())
    sealed(lambda facts: None, house.runtime.home / "stranger")
    refused("signed with the key")
    sealed(lambda facts: None, house.runtime.home / "stranger")
    again = PullService(third).pull(third.operator, REPO, address, accept_key=True)
    assert again.sha256 == voice.sha256


def test_others_voices_do_not_go_out(house: House, voice: Voice, ada: Visitor) -> None:
    service = HubService(house.runtime)
    for call in (
        lambda: service.publish(ada.user, voice.id, REPO),
        lambda: service.withdraw(ada.user, voice.id),
    ):
        with pytest.raises(NotFoundError):
            call()


def test_a_voice_that_ends_while_it_is_uploaded_is_erased(
    house: House, voice: Voice, hub: StubHub
) -> None:
    ended = threading.Event()

    def end(step: str) -> None:
        if step == "commit" and not ended.is_set():
            ended.set()
            house.library.revoke(house.runtime.operator, voice.id)

    hub.before = end
    with pytest.raises(HubError, match="withdrawn"):
        publish(house, voice, hub.url)
    HubService(house.runtime).work_off(house.runtime.outbox.waiting())
    assert hub.repos == {}
    assert house.runtime.outbox.waiting() == []


def test_what_fails_waits_and_is_queued_again(house: House, voice: Voice, hub: StubHub) -> None:
    publish(house, voice, hub.url)
    hub.faults = [Fault("delete", "401", 0)]
    house.library.delete(house.runtime.operator, voice.id)
    (waiting,) = house.runtime.outbox.waiting()
    assert (waiting.action, waiting.user_id) == ("withdraw", OPERATOR)
    (job,) = house.runtime.jobs.of_user(OPERATOR, active=True)
    house.runtime.jobs.cancel(job.id, OPERATOR)
    assert house.runtime.outbox.queue_again() == 1
    assert house.runtime.outbox.queue_again() == 0
    HubService(house.runtime).work_off([waiting])
    assert hub.repos == {}


def test_who_signed_in_publishes_with_their_own_token(
    house: House, hub: StubHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It reaches their repositories alone, for as long as it holds, and lies in no table."""
    monkeypatch.delenv("VOICEHUB_HF_TOKEN")
    monkeypatch.delenv("HF_TOKEN", raising=False)
    monkeypatch.setattr(constants, "HF_TOKEN_PATH", "/nowhere/token")
    service, tokens = HubService(house.runtime), HubTokens(house.runtime.home)
    user, _ = house.accounts.hf_login("hf-1", OWNER)
    model = zero_shot(house.runtime, "reader-f")
    voice = give_sold_voice(house.runtime, user, model, "Ada")
    with pytest.raises(HubError, match="no token for your voices"):
        service.publish(user, voice.id, REPO, hub.url)
    given = {"access_token": TOKEN, "expires_in": 600, "scope": "openid profile"}
    service.signed_in(user, OWNER, given)
    assert service.owners(user) == ()  # it may not write
    service.signed_in(user, OWNER, given | {"scope": "openid manage-repos"})
    assert service.owners(user) == (OWNER,)
    assert service.suggested(user, voice.id) == f"{OWNER}/voice-ada"
    with pytest.raises(InputError, match="a repository of ada"):
        service.publish(user, voice.id, "bob/voice", hub.url)
    service.work_off([service.publish(user, voice.id, REPO, hub.url)])
    assert set(hub.repos) == {REPO}
    (kept,) = tokens.folder.iterdir()
    assert kept.stat().st_mode & 0o077 == 0
    assert TOKEN.encode() not in house.runtime.store.database.path.read_bytes()
    assert TOKEN not in repr(tokens.of(user.id))
    # The account goes with its voice; the operator, who has no token, erases by theirs.
    house.accounts.delete_account(user)
    service.work_off(house.runtime.outbox.waiting())
    assert hub.repos == {}
    service.signed_in(user, OWNER, given | {"scope": "manage-repos", "expires_in": -1})
    assert tokens.of(user.id) is None
    tokens.sweep()
    assert list(tokens.folder.iterdir()) == []
