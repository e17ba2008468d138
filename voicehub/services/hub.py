"""Publishing and withdrawing voices: what a user asks is checked and queued, a worker does it."""

import threading

from voicehub.errors import HubError, InputError
from voicehub.hub.parcel import checked_repo
from voicehub.hub.shelf import Visibility
from voicehub.jobs import Timing, run_lane
from voicehub.services.ownership import own_voice
from voicehub.services.runtime import Runtime
from voicehub.services.shelves import OWN_REGISTRY
from voicehub.store.hub_records import Delivery
from voicehub.store.records import User
from voicehub.store.rows import new_id, now

LANE = "hub"


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
            from voicehub.hub.client import NO_TOKEN, token

            if token() is None:
                raise HubError(NO_TOKEN)
        config = {"visibility": visibility, "licence": licence}
        row = Delivery(new_id(), "publish", address, repo, voice.id, voice.owner_id, now(), config)
        return self.outbox.publish(row)

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

    def _runs(self, delivery: Delivery) -> bool:
        return any(
            job.config.get("outbox_id") == delivery.id
            for job in self.runtime.jobs.of_user(delivery.user_id, 1000, active=True)
        )
