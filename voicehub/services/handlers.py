"""What the workers run: each kind of job with what does it; importing this imports the networks."""

from collections.abc import Callable
from typing import Any

from voicehub.jobs import Context, Handler
from voicehub.services import (
    clips_job,
    clone_job,
    demo_job,
    evaluate_job,
    hub_job,
    slices,
    speech_jobs,
)
from voicehub.services.runtime import Runtime
from voicehub.services.sweep import Sweeper

_SWEEPING = ("clone", "evaluate", "demo")  # kinds whose lane has the time for it


def handlers(runtime: Runtime) -> dict[str, Handler]:
    """Return the handlers of all kinds of jobs."""
    kinds: dict[str, Callable[[Runtime, Context], dict[str, Any]]] = {
        "preview": speech_jobs.preview,
        "speak": speech_jobs.speak,
        "convert": speech_jobs.convert,
        "clone": slices.clone_in_slices if slices.gpu_is_lent() else clone_job.clone,
        "clips": clips_job.make_clips,
        "evaluate": evaluate_job.evaluate_own,
        "demo": demo_job.guided_demo,
    }
    sweeper = Sweeper(runtime)

    def handler(kind: str) -> Handler:
        def handle(context: Context) -> dict[str, Any]:
            if kind in _SWEEPING:
                sweeper.now_and_then()
            return kinds[kind](runtime, context)

        return handle

    return {kind: handler(kind) for kind in kinds} | hub_handlers(runtime)


def hub_handlers(runtime: Runtime) -> dict[str, Handler]:
    """Return the handlers of what waits for other machines and needs no processor."""

    def handler(kind: str) -> Handler:
        return lambda context: hub_job.HANDLERS[kind](runtime, context)

    return {kind: handler(kind) for kind in hub_job.HANDLERS}
