"""Showing a job while it goes on: a timer asks for it, and only what changed is drawn again."""

import logging
from collections.abc import Callable, Sequence
from typing import Any

import gradio as gr

from voicehub.errors import NotFoundError, VoiceHubError
from voicehub.store.records import User
from voicehub.ui.desk import Desk
from voicehub.ui.job_view import Seen, see

_log = logging.getLogger(__name__)

TUNING_SECONDS = 1.0  # between two looks at a job of the training lane
SPEECH_SECONDS = 0.5


def redraw(parts: Sequence[object], drawn: Sequence[int]) -> tuple[list[Any], tuple[int, ...]]:
    """Return each part, or nothing to do where it is as drawn before; and what is drawn now."""
    marks = tuple(hash(str(part)) for part in parts)
    before = tuple(drawn) if len(drawn) == len(parts) else (None,) * len(parts)
    news = [
        gr.skip() if mark == old else part
        for part, mark, old in zip(parts, marks, before, strict=True)
    ]
    return news, marks


def look(desk: Desk, user: User | None, job_id: str) -> Seen | None:
    """Return a job as its owner sees it; None where there is none to look at."""
    if user is None or not job_id:
        return None
    return see(desk.services.studio.job(user, job_id))


def watch(
    desk: Desk, request: gr.Request, job_id: str, idle: list[Any], draw: Callable[[Seen], list[Any]]
) -> list[Any]:
    """Return what a timer shows of a job, or ``idle``, which ends the timer, where there is none.

    A timer that cannot look just now looks again: nobody asked, so nobody is told.
    """
    try:
        seen = look(desk, desk.known(request), job_id)
        return idle if seen is None else draw(seen)
    except NotFoundError:
        return idle
    except VoiceHubError as error:
        _log.warning("a job cannot be looked at now: %s", error)
        return [gr.skip()] * len(idle)
    except Exception:
        _log.exception("a job cannot be shown")
        return idle


def newest_active(desk: Desk, user: User | None, kind: str) -> Seen | None:
    """Return the job of ``kind`` that goes on, wherever it was started."""
    if user is None:
        return None
    found = [view for view in desk.services.studio.active(user) if view.job.kind == kind]
    return see(max(found, key=lambda view: view.job.created)) if found else None
