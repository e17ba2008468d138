"""Publishing and withdrawing voices: what a user asks is checked and queued, a worker does it."""

import re
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from voicehub.errors import HubError, InputError
from voicehub.hub.parcel import checked_repo
from voicehub.hub.shelf import Visibility
from voicehub.jobs import Timing, run_lane
from voicehub.services.hub_tokens import WRITING_SCOPES, HubToken, HubTokens
from voicehub.services.ownership import own_voice
from voicehub.services.runtime import Runtime
from voicehub.services.shelves import OWN_REGISTRY, owners
from voicehub.store.hub_records import Delivery
from voicehub.store.records import User, Voice
from voicehub.store.rows import from_now, new_id, now

LANE = "hub"
MOST_PLACES = 3  # where a user's voice lies at once
NOT_OPEN = (
    "this server has no token for your voices on the Hugging Face Hub: sign in with Hugging Face "
    "where the page offers it, or ask who runs the server to open the Hub to its users"
)

PlaceState = Literal["waiting", "there", "leaving", "erased", "void"]


@dataclass(frozen=True)
class Place:
    """Where a voice is, was or is to be; ``error`` says why it is not done yet, or was given up."""

    repo: str
    address: str  # of the repository; empty for one in a registry
    state: PlaceState
    tag: str | None
    at: str
    error: str | None


class HubService:
    """Voices on their way to a hub or the local registry, and back out of it."""

    def __init__(self, runtime: Runtime) -> None:
        self.runtime = runtime
        self.outbox = runtime.outbox

    def publish(
        self,
        user: User,
        voice_id: str,
        repo: str,
        address: str = OWN_REGISTRY,
        visibility: Visibility = "private",
        licence: str | None = None,
    ) -> Delivery:
        """Queue the upload of a user's own voice; a worker carries it out, see `work_off`.

        Raises ``HubError`` without a token for the Hub, ``ConsentError`` where the voice may not
        go out.
        """
        voice = own_voice(self.runtime.store, voice_id, user.id)
        self.runtime.store.check_consent(voice)
        checked_repo(repo)
        if user.kind == "guest":
            raise InputError("a guest's voices go after a day; make an account to publish one")
        if address.startswith("http"):
            self._check_reach(user, repo)
        if user.kind != "operator":
            self._check_room(voice, repo)
        config = {"visibility": visibility, "licence": licence}
        row = Delivery(new_id(), "publish", address, repo, voice.id, voice.owner_id, now(), config)
        row = self.outbox.publish(row)
        self.outbox.queue_again(voice.id)  # asking again is trying again
        return row

    def signed_in(self, user: User, name: str, given: Mapping[str, Any]) -> None:
        """Keep the token that a user of Hugging Face, called ``name`` there, came with.

        Only one that may write repositories is of use, and only until it ends.
        """
        scopes, seconds = str(given.get("scope", "")).split(), float(given.get("expires_in") or 0)
        if name and given.get("access_token") and set(scopes) & set(WRITING_SCOPES):
            token = HubToken(name, str(given["access_token"]), from_now(seconds))
            HubTokens(self.runtime.home).keep(user.id, token)

    def owners(self, user: User) -> tuple[str, ...]:
        """Return whose repositories of the Hub a user may make; none without a token for them."""
        return owners(self.runtime, user)

    def suggested(self, user: User, voice_id: str) -> str:
        """Return a name for the repository of a voice, empty where a user may make none."""
        reach, voice = self.owners(user), own_voice(self.runtime.store, voice_id, user.id)
        words = re.sub("[^a-z0-9]+", "-", voice.name.casefold()).strip("-")
        return f"{reach[0]}/voice-{words or voice.id[:8]}" if reach else ""

    def places(self, user: User, voice_id: str) -> list[Place]:
        """Return where a user's own voice is, was or is to be, newest first."""
        voice = own_voice(self.runtime.store, voice_id, user.id)
        rows = self.outbox.of_voice(voice.id)
        found: dict[tuple[str, str], Place] = {}
        for row in rows:  # of several uploads to one place the last one counts
            if row.action == "publish":
                found.pop((row.endpoint, row.repo), None)
                found[row.endpoint, row.repo] = _place(row, rows)
        return list(reversed(found.values()))

    def withdraw(self, user: User, voice_id: str) -> list[Delivery]:
        """Queue the erasure of every published copy of a voice; the voice itself stays here."""
        voice = own_voice(self.runtime.store, voice_id, user.id)
        waiting = self.outbox.withdraw(voice.id, user.id)
        if not waiting:
            raise InputError(f"{voice.name!r} is not published anywhere")
        return waiting

    def work_off(self, deliveries: list[Delivery]) -> list[Delivery]:
        """Carry deliveries out here and now, beside any worker; return how they stand then.

        Raises ``HubError`` with the reason where one is not done; it waits and is tried again.
        """
        from voicehub.services.handlers import hub_handlers

        for each in deliveries:
            self.outbox.queue_again(each.voice_id)
        stop = threading.Event()
        arguments = (self.runtime.jobs, LANE, hub_handlers(self.runtime), stop)
        worker = threading.Thread(target=run_lane, args=(*arguments, Timing(poll_seconds=0.05)))
        worker.start()
        try:
            while any(self._runs(each) for each in deliveries):
                stop.wait(0.05)
        finally:
            stop.set()
            worker.join()
        ended = [self.outbox.get(each.id) for each in deliveries]
        for each in ended:
            if each.state != "done":
                why = "it was withdrawn meanwhile" if each.state == "void" else "ask again later"
                raise HubError(each.error or f"{each.repo} is not done: {why}")
        return ended

    def _check_reach(self, user: User, repo: str) -> None:
        from voicehub.hub.client import NO_TOKEN, token

        if user.kind == "operator":
            if token() is None:
                raise HubError(NO_TOKEN)
            return
        reach = self.owners(user)
        if not reach:
            raise HubError(NOT_OPEN)
        if repo.partition("/")[0] not in reach:
            raise InputError(f"name a repository of {' or '.join(reach)}, got {repo!r}")

    def _check_room(self, voice: Voice, repo: str) -> None:
        rows = self.outbox.of_voice(voice.id)
        sent = {each.repo for each in rows if each.action == "publish" and not _is_over(each)}
        if len(sent - {repo}) >= MOST_PLACES:
            raise InputError(f"a voice lies in at most {MOST_PLACES} places; withdraw it first")

    def _runs(self, delivery: Delivery) -> bool:
        return any(
            job.config.get("outbox_id") == delivery.id
            for job in self.runtime.jobs.of_user(delivery.user_id, 1000, active=True)
        )


def _place(row: Delivery, rows: Sequence[Delivery]) -> Place:
    """Return how an upload stands, with the erasure that waits for it, if one does."""
    where = f"{row.endpoint}/{row.repo}" if row.endpoint.startswith("http") else ""
    leaving = [
        each for each in rows
        if each.action == "withdraw" and each.state == "waiting"
        and (each.endpoint, each.repo) == (row.endpoint, row.repo)
    ]  # fmt: skip
    if row.withdrawn:
        return Place(row.repo, where, "erased", row.tag, row.withdrawn, None)
    if leaving:
        return Place(row.repo, where, "leaving", row.tag, leaving[0].created, leaving[0].error)
    states: dict[str, PlaceState] = {"waiting": "waiting", "done": "there", "void": "void"}
    at = row.finished or row.created
    return Place(row.repo, where, states[row.state], row.tag, at, row.error)


def _is_over(row: Delivery) -> bool:
    return row.state == "void" or row.withdrawn is not None
