"""A voice goes to the Hub from the page, is seen there, and is taken back."""

import time
from collections.abc import Iterator

import pytest
from gradio_client.exceptions import AppError
from stub_hub import OWNER, Fault, StubHub, reached
from visiting import Visitor, member

from drills.people import give_sold_voice, zero_shot
from voicehub.services.runtime import Runtime

REPO = f"{OWNER}/voice-countess"
ASKED = ("", False)  # no licence of one's own, private


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[StubHub]:
    """The Hub on loopback, to which the server has a token."""
    with reached(monkeypatch) as hub:
        yield hub


def states(visitor: Visitor, voice_id: str) -> list[str]:
    return [each["state"] for each in visitor.call("hub_places", voice_id)]


def until(visitor: Visitor, voice_id: str, state: str) -> None:
    ends = time.monotonic() + 120
    while states(visitor, voice_id)[0] != state:
        assert time.monotonic() < ends, visitor.call("hub_places", voice_id)
        time.sleep(0.1)


def test_a_member_publishes_and_takes_back(
    address: str, runtime: Runtime, hub: StubHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada, bob = member(address, "ada-hub"), member(address, "bob-hub")
    user = runtime.accounts.by_name("ada-hub")
    assert user is not None
    voice = give_sold_voice(runtime, user, zero_shot(runtime, "reader-f"), "Countess")

    # The server's own token is not everybody's: its owner says whose repositories are open.
    with pytest.raises(AppError, match="no token for your voices"):
        ada.call("publish_to_hub", voice.id, REPO, *ASKED)
    monkeypatch.setenv("VOICEHUB_HUB_OWNERS", f"{OWNER}, others")
    for repo, said in (
        (f"mallory/{OWNER}", "repository of ada or others"),
        ("no-slash", "OWNER/NAME"),
    ):
        with pytest.raises(AppError, match=said):
            ada.call("publish_to_hub", voice.id, repo, *ASKED)
    for call in ("publish_to_hub", "withdraw_from_hub", "hub_places"):
        given = (REPO, *ASKED) if call == "publish_to_hub" else ()
        with pytest.raises(AppError, match="no voice"):
            bob.call(call, voice.id, *given)
    assert hub.repos == {}

    hub.faults = [Fault("commit", "500-done")]
    assert "on its way" in ada.shown("publish_to_hub", voice.id, f" {REPO} ", "CC BY 4.0", True)
    until(ada, voice.id, "there")
    (place,) = ada.call("hub_places", voice.id)
    assert (place["repo"], place["tag"], place["address"]) == (REPO, "v1", f"{hub.url}/{REPO}")
    assert hub.repos[REPO].gated == "manual"
    card = hub.data(hub.repos[REPO], hub.repos[REPO].head["files"]["README.md"]).decode()
    assert "CC BY 4.0" in card
    assert "being erased" in ada.shown("withdraw_from_hub", voice.id)
    until(ada, voice.id, "erased")
    assert hub.repos == {}
    with pytest.raises(AppError, match="not published"):
        ada.call("withdraw_from_hub", voice.id)
    assert [each["name"] for each in ada.call("voices")] == ["Countess"]
    ada.call("revoke_consent", voice.id)  # others of this server have the same voice
    for each in (ada, bob):
        each.client.close()


def test_what_fails_says_so_and_another_s_repository_stays(
    address: str, runtime: Runtime, hub: StubHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VOICEHUB_HUB_OWNERS", OWNER)
    eve = member(address, "eve-hub")
    user = runtime.accounts.by_name("eve-hub")
    assert user is not None
    model = zero_shot(runtime, "reader-m")
    first, second = (give_sold_voice(runtime, user, model, name) for name in ("Eve 1", "Eve 2"))
    eve.call("publish_to_hub", first.id, REPO, *ASKED)
    until(eve, first.id, "there")
    eve.call("publish_to_hub", second.id, REPO, *ASKED)
    until(eve, second.id, "void")
    (place,) = eve.call("hub_places", second.id)
    assert "something else" in place["error"]
    # Deleting the voice that never got there erases nothing of the one that did.
    eve.call("delete_voice", second.id)
    ends = time.monotonic() + 60
    while runtime.outbox.waiting():
        assert time.monotonic() < ends
        time.sleep(0.1)
    assert set(hub.repos) == {REPO}
    for number in range(2):
        eve.call("publish_to_hub", first.id, f"{REPO}-{number}", *ASKED)
    with pytest.raises(AppError, match="at most 3 places"):
        eve.call("publish_to_hub", first.id, f"{REPO}-3", *ASKED)
    eve.call("revoke_consent", first.id)
    while runtime.outbox.waiting():
        assert time.monotonic() < ends + 60
        time.sleep(0.1)
    assert hub.repos == {}
    eve.client.close()
