"""Showing a job while it goes on: a timer asks for it, and only what changed is drawn again."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import gradio as gr

from voicehub.errors import NotFoundError, VoiceHubError
from voicehub.logs import Log
from voicehub.services.studio import JobView
from voicehub.store.records import Job, User
from voicehub.ui.desk import Desk
from voicehub.ui.job_view import Seen, see

_log = Log(__name__)

TUNING_SECONDS = 1.0  # between two looks at a job of the training lane
SPEECH_SECONDS = 0.5


@dataclass(frozen=True)
class Arrival:
    """Who opens the page, and which of their jobs go on, wherever they were started."""

    user: User | None
    active: Sequence[JobView]

    def newest(self, kind: str) -> Seen | None:
        """Return the newest job of ``kind`` that goes on."""
        found = [view for view in self.active if view.job.kind == kind]
        if self.user is None or not found:
            return None
        return see(self.user, max(found, key=lambda view: view.job.created))


def arrive(desk: Desk, request: gr.Request) -> Arrival:
    """Return who opens the page."""
    user = desk.known(request)
    return Arrival(user, desk.services.studio.active(user) if user else ())


def redraw(parts: Sequence[object], drawn: Sequence[int]) -> tuple[list[Any], tuple[int, ...]]:
    """Return each part, or nothing to do where it is as drawn before; and what is drawn now."""
    marks = tuple(hash(str(part)) for part in parts)
    before = tuple(drawn) if len(drawn) == len(parts) else (None,) * len(parts)
    news = [
        gr.skip() if mark == old else part
        for part, mark, old in zip(parts, marks, before, strict=True)
    ]
    return news, marks


def watch(
    desk: Desk, request: gr.Request, job_id: str, idle: list[Any], draw: Callable[[Seen], list[Any]]
) -> list[Any]:
    """Return what a timer shows of a job, or ``idle``, which ends the timer, where there is none.

    A timer that cannot look just now looks again: nobody asked, so nobody is told.
    """
    try:
        user = desk.known(request)
        if user is None or not job_id:
            return idle
        return draw(see(user, desk.services.studio.job(user, job_id)))
    except NotFoundError:
        return idle
    except VoiceHubError as error:
        _log.warning("job_not_seen", job=job_id, error=error)
        return [gr.skip()] * len(idle)
    except Exception as error:
        _log.error("job_not_shown", job=job_id, error=error)
        return idle


class JobPanel:
    """A tab or step that shows a job of one ``kind``: begun here, or found when the page opens.

    What inherits it calls `build_watch` and `wire_watch`, and says what a job fills: `filled`, in
    the order of `draw`.
    """

    kind: ClassVar[str]
    look_seconds: ClassVar[float]

    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    @property
    def filled(self) -> list[Any]:
        """What a look at the job fills."""
        raise NotImplementedError

    def draw(self, seen: Seen, drawn: Sequence[int]) -> tuple[list[Any], tuple[int, ...]]:
        """Return what to fill, nothing to do where it is as ``drawn``; and what is drawn then."""
        raise NotImplementedError

    def build_watch(self) -> None:
        """Add what remembers the job and asks for it."""
        self.job_id, self.drawn = gr.State(""), gr.State(())
        self.timer = gr.Timer(self.look_seconds, active=False)

    @property
    def shown(self) -> list[Any]:
        """What `parts` fills."""
        return [*self.filled, self.drawn, self.timer]

    @property
    def entered(self) -> list[Any]:
        """What `enter` and `begun` fill."""
        return [self.job_id, *self.shown]

    def wire_watch(self, api_name: str) -> None:
        """Let the timer show the job."""
        self.timer.tick(
            self.look, [self.job_id, self.drawn], self.shown, queue=False, api_name=api_name,
            show_progress="hidden",
        )  # fmt: skip

    def wire_end(self, button: gr.Button, api_name: str) -> None:
        """Let a button stop the job."""
        button.click(
            self.end, self.job_id, button, queue=False, api_name=api_name, show_progress="hidden"
        )

    def enter(self, arrival: Arrival) -> list[Any]:
        """Return the job that goes on."""
        seen = arrival.newest(self.kind)
        if seen is not None:
            return [seen.view.job.id, *self.parts(seen)]
        return ["", *[gr.skip()] * len(self.shown)]

    def begun(self, user: User, job: Job) -> list[Any]:
        """Return a job that was just asked for."""
        return [job.id, *self.parts(see(user, self.desk.services.studio.job(user, job.id)))]

    def parts(self, seen: Seen, drawn: Sequence[int] = ()) -> list[Any]:
        """Return what is shown of a job; only what is new since ``drawn``."""
        fresh, marks = self.draw(seen, drawn)
        return [*fresh, marks, gr.Timer(active=seen.active)]

    def look(self, job_id: str, drawn: Sequence[int], request: gr.Request) -> list[Any]:
        """Return how the job stands."""
        return watch(self.desk, request, job_id, self._idle(), lambda seen: self.parts(seen, drawn))

    def end(self, job_id: str, request: gr.Request) -> Any:
        """Stop the job."""
        desk = self.desk
        with desk.sentences():
            desk.needed(job_id, "need_job")
            desk.services.studio.cancel(desk.acting(request, "stop"), job_id)
        return gr.Button(interactive=False)

    def _idle(self) -> list[Any]:
        return [gr.skip()] * (len(self.shown) - 1) + [gr.Timer(active=False)]


class VoicePanel(JobPanel):
    """A panel of a job that makes a voice: its end is news, counted for the other tabs."""

    def wire_voice(self, news: gr.State, api_name: str) -> None:
        """Let the timer show the job, and count ``news`` when it ends."""
        self.timer.tick(
            self.look_for_news, [self.job_id, self.drawn, news], [*self.shown, news], queue=False,
            api_name=api_name, show_progress="hidden",
        )  # fmt: skip

    def look_for_news(
        self, job_id: str, drawn: Sequence[int], news: int, request: gr.Request
    ) -> list[Any]:
        """Return how the job stands, and one more piece of news where it has ended."""

        def draw(seen: Seen) -> list[Any]:
            return [*self.parts(seen, drawn), gr.skip() if seen.active else news + 1]

        return watch(self.desk, request, job_id, [*self._idle(), gr.skip()], draw)
