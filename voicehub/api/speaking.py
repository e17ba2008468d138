"""Speech for programs: a job in the queue like everybody's, whose sentences are sent on as they come."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator
from typing import Protocol

from fastapi.concurrency import run_in_threadpool

from voicehub.audio.encode import StreamEncoder, read_pcm
from voicehub.errors import InputError, NotFoundError, VoiceHubError
from voicehub.jobs.worker import WENT_WRONG
from voicehub.services.speeches import Speeches
from voicehub.services.studio import Studio
from voicehub.store.jobs import STOPPED_TOO_OFTEN
from voicehub.store.records import Job, User

_log = logging.getLogger(__name__)
_LOOK_SECONDS = 0.03
_LONGEST_WAIT_SECONDS = 120.0  # for the next sentence
_FORGET_SECONDS = 30.0  # that a job is given to end after its last sentence was heard


class Speaker(Protocol):
    """What is needed of the services."""

    studio: Studio
    speeches: Speeches


class Speaking:
    """One answer; nothing of it is kept but the line in the log of speech."""

    def __init__(self, services: Speaker, user: User, job: Job, format: str) -> None:
        self.services, self.user, self.job = services, user, job
        self._encoder = StreamEncoder(format)
        self._heard = 0  # the identifier of the last event

    async def stream(self) -> AsyncIterator[bytes]:
        """Yield the bytes; a listener who goes away ends the work.

        Raises ``VoiceHubError`` where the job fails: before the first bytes that is an answer.
        """
        try:
            until = time.monotonic() + _LONGEST_WAIT_SECONDS
            while True:
                state, made = await run_in_threadpool(self._look)
                for data in made:
                    until = time.monotonic() + _LONGEST_WAIT_SECONDS
                    yield data
                if state == "done":
                    yield await run_in_threadpool(self._encoder.close)
                    return
                if state not in ("queued", "running"):
                    raise VoiceHubError("the speech was stopped")
                if time.monotonic() > until:
                    raise VoiceHubError("no worker speaks now; try again later")
                if not made:
                    await asyncio.sleep(_LOOK_SECONDS)
        finally:
            task = asyncio.create_task(run_in_threadpool(self._forget))
            _PENDING.add(task)  # a task that nobody holds may vanish before it ran
            task.add_done_callback(_PENDING.discard)

    def _look(self) -> tuple[str, list[bytes]]:
        """Return how the job stands, and the sentences that are new, encoded."""
        view = self.services.studio.job(self.user, self.job.id)
        if view.job.state == "failed":
            said = view.job.error or WENT_WRONG
            ours = said in (WENT_WRONG, STOPPED_TOO_OFTEN)
            raise VoiceHubError(said) if ours else InputError(said)
        made = []
        for event in view.events(self._heard):
            self._heard = event.id
            if event.kind == "chunk":
                path = self.services.studio.file(self.user, self.job.id, event.data["file"])
                made.append(self._encoder.write(read_pcm(path)))
        return view.job.state, made

    def _forget(self) -> None:
        """End the job where it still runs, and remove text and sound."""
        try:
            self.services.studio.cancel(self.user, self.job.id)
            until = time.monotonic() + _FORGET_SECONDS
            while self.services.studio.jobs.get(self.job.id, self.user.id).active:
                if time.monotonic() > until:
                    break
                time.sleep(_LOOK_SECONDS)
            self.services.speeches.delete(self.user, self.job.id)
        except NotFoundError:
            self.services.studio.jobs.forget(self.job.id)  # nothing was finished: the text goes
        except VoiceHubError as error:
            _log.warning("the text of job %s is kept until it is swept: %s", self.job.id, error)


_PENDING: set[asyncio.Task[None]] = set()
