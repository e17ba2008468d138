"""The reviewer's queue: founders listen and decide, and for everybody else there is nothing."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from store.people import make_guest, make_local
from store.selling import make_listing

from voicehub.consent.limits import VoiceBand, VoiceLimits
from voicehub.errors import ConsentError
from voicehub.services.consents import Consents
from voicehub.services.passwords import new_token, token_hash
from voicehub.services.reviews import Reviews
from voicehub.services.runtime import Runtime
from voicehub.services.samples import Samples
from voicehub.services.selling import Selling
from voicehub.services.verification import Verdict
from voicehub.services.voiceprints import Comparison
from voicehub.store.records import Session, User
from voicehub.store.rows import from_now, new_id, now
from voicehub.ui.desk import COOKIE

Clip = Callable[..., Path]
EVIL = "<script>alert(1)</script>"
WORDS = {"overall": -1.5, "share": 0.8, "unexplained": 0.1, "code": [12.0, -31.5]}
LIMITS = {"overall": [-1.3, -1.8], "share": [0.85, 0.75], "unexplained": [0.25, 0.5],
          "code": [-20.0, -60.0]}  # fmt: skip


class Unsure:
    """Leaves every statement to a person, and says what was measured."""

    def verify(self, challenge: object, waveform: object) -> Verdict:
        return Verdict("waiting", "Unsure", {"words": WORDS, "limits": LIMITS})


@dataclass
class Queue:
    """A statement, a recording and a listing that wait, and whose they are."""

    owner: User
    statement: str
    recording: str
    listing: str

    @property
    def sounds(self) -> list[str]:
        """The addresses of what there is to listen to."""
        return [f"files/review/{self.statement}/0", f"files/review/{self.recording}/0",
                f"files/review/{self.recording}/1", f"files/review/{self.listing}/0"]  # fmt: skip


def consent_of(runtime: Runtime, user: User, clip: Clip) -> str:
    consents = Consents(runtime, Unsure())  # type: ignore[arg-type]
    challenge = consents.challenge(user, "en", "Grace", "tests")
    return consents.accept(user, challenge.id, clip(4, "reader-f", 1), True).id


@pytest.fixture
def queue(runtime: Runtime, clip: Clip) -> Queue:
    owner = make_local(runtime.store, f"owner-{new_id()[:6]}")
    first, statement = (consent_of(runtime, owner, clip) for _ in range(2))
    Reviews(runtime).decide(first, True)
    sample = Samples(runtime).add(owner, clip(5), "mine.wav")
    limits = VoiceLimits((VoiceBand(0.0, 0.9999, 0.1),), 0.99, "tests")
    with pytest.raises(ConsentError, match="a person listens"):
        Comparison(runtime, limits).require(runtime.store.consent(first), [sample])
    (recording,) = [each.id for each in runtime.checks.of_consent(first)]
    listing = make_listing(runtime.store, owner, False, name=f"Calm {new_id()[:6]}",
                           description=EVIL)  # fmt: skip
    (runtime.home / "x.wav").write_bytes(clip(3).read_bytes())
    Selling(runtime).submit(owner, listing.id)
    return Queue(owner, statement, recording, listing.id)


def browser(runtime: Runtime, address: str, user: User | None) -> httpx.Client:
    """Return the browser of somebody, or of nobody."""
    cookies = {}
    if user is not None:
        token = new_token()
        runtime.accounts.add_session(Session(token_hash(token), user.id, now(), from_now(600)))
        cookies = {COOKIE: token}
    return httpx.Client(base_url=address, cookies=cookies, timeout=60)


@pytest.fixture
def founder(runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> User:
    name = f"founder-{new_id()[:6]}"
    monkeypatch.setenv("VOICEHUB_FOUNDERS", f"somebody, {name}")
    return make_local(runtime.store, name)


def states(runtime: Runtime, queue: Queue) -> tuple[str, str, str]:
    check = {each["id"]: each for each in Reviews(runtime).waiting()}
    listing = Selling(runtime).own(queue.owner)[0].state
    consent = runtime.store.consent(queue.statement).state
    return consent, "waiting" if queue.recording in check else "decided", listing


def test_for_everybody_else_there_is_nothing(
    address: str, runtime: Runtime, queue: Queue, founder: User
) -> None:
    """Neither the page nor its sounds nor its decisions: not for the owner, nor under a founder's name."""
    assert founder.name
    guest = make_guest(runtime.store)
    for user in (None, guest, queue.owner, make_local(runtime.store, f"x{founder.name}")):
        with browser(runtime, address, user) as client:
            assert client.get("/review").status_code == 404
            assert queue.statement not in client.get("/review").text
            for sound in queue.sounds:
                assert client.get(sound).status_code == 404
            for row in (queue.statement, queue.recording, queue.listing):
                answer = client.post(f"/review/{row}", data={"decision": "accept"})
                assert answer.status_code == 404
    assert states(runtime, queue) == ("waiting", "waiting", "review")


def test_a_founder_listens_and_accepts(
    address: str, runtime: Runtime, queue: Queue, founder: User
) -> None:
    with browser(runtime, address, founder) as client:
        page = client.get("/review?lang=en")
        assert page.status_code == 200
        assert page.headers["cache-control"] == "no-store"
        assert EVIL not in page.text
        for said in (
            "-31.5",
            "≥ -20",
            "&lt; -60",
            "≤ 0.25",
            "Likeness of the voices",
            "Today's code",
        ):
            assert said.replace("'", "&#x27;") in page.text, said
        for sound in queue.sounds:
            assert f'src="/{sound}"' in page.text
            assert client.get(sound).headers["content-type"] == "audio/wav"
        assert client.get(f"files/review/{queue.statement}/1").status_code == 404
        assert "等待人工审核" in client.get("/review?lang=zh").text
        for row in (queue.statement, queue.recording, queue.listing):
            answer = client.post(f"/review/{row}", data={"decision": "accept", "note": "clear"})
            assert answer.status_code == 303
        for sound in queue.sounds:  # what was decided is nobody's business any more
            assert client.get(sound).status_code == 404
        assert queue.statement not in client.get("/review").text
    assert states(runtime, queue) == ("accepted", "decided", "published")
    consent = runtime.store.consent(queue.statement)
    assert consent.review_note == "clear"
    (told,) = [e for e in runtime.audit.tail(50, "review.accepted") if e.subject == queue.statement]
    assert told.actor == founder.id


def test_a_founder_refuses(address: str, runtime: Runtime, queue: Queue, founder: User) -> None:
    with browser(runtime, address, founder) as client:
        for row in (queue.statement, queue.recording):
            assert client.post(f"/review/{row}", data={"decision": "refuse"}).status_code == 303
        refusal = client.post(f"/review/{queue.listing}?lang=en", data={"decision": "refuse"})
        assert (refusal.status_code, "A reason needs" in refusal.text) == (400, True)
        given = {"decision": "refuse", "note": "the clips are silent"}
        assert client.post(f"/review/{queue.listing}", data=given).status_code == 303
        assert client.post(f"/review/{queue.statement}", data=given).status_code == 400
        assert client.post("/review/nothing", data=given).status_code == 404
        assert client.post(f"/review/{queue.listing}", data={}).status_code == 404
    assert states(runtime, queue) == ("refused", "decided", "refused")
    assert Selling(runtime).own(queue.owner)[0].reason == "the clips are silent"


def test_another_site_and_ones_own_voice(
    address: str, runtime: Runtime, queue: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VOICEHUB_FOUNDERS", queue.owner.name or "")
    with browser(runtime, address, queue.owner) as client:
        evil = {"origin": "https://evil.example"}
        given = {"decision": "accept"}
        assert (
            client.post(f"/review/{queue.statement}", data=given, headers=evil).status_code == 403
        )
        for row in (queue.statement, queue.recording):
            answer = client.post(f"/review/{row}?lang=en", data=given)
            assert answer.status_code == 400
            assert "Somebody else decides" in answer.text
    assert states(runtime, queue) == ("waiting", "waiting", "review")
