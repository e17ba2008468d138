"""Whether the server can do its work, for those who watch over it: `/healthz` and `/metrics`."""

import json
from typing import Any

import fastapi
from fastapi.responses import JSONResponse, PlainTextResponse
from prometheus_client import CONTENT_TYPE_LATEST

from voicehub import __version__
from voicehub.errors import VoiceHubError
from voicehub.services.metrics import metrics_text
from voicehub.services.runtime import Runtime
from voicehub.store.pulses import PulseStore
from voicehub.store.rows import now


def health_routes(runtime: Runtime) -> fastapi.APIRouter:
    """Return the routes; neither tells anything of anybody."""
    routes = fastapi.APIRouter()
    pulses = PulseStore(runtime.store.database)

    @routes.get("/healthz")
    def healthz() -> Any:
        """Answer 200 where the database answers, the base is there and each lane has a worker."""
        try:
            counts = runtime.jobs.counts()
            lanes = sorted({pulse.lane for pulse in pulses.alive()})
        except VoiceHubError:
            return JSONResponse({"status": "no database", "version": __version__}, 503)
        base = base_is_there(runtime)
        good = base and {"speech", "training"} <= set(lanes)
        waiting = sum(n for (_, state), n in counts.items() if state == "queued")
        body = {
            "status": "ok" if good else "no base" if not base else "no worker",
            "version": __version__, "base": base, "workers": lanes, "waiting_jobs": waiting,
        }  # fmt: skip
        return JSONResponse(body, 200 if good else 503)

    @routes.get("/audit/head")
    def audit_head() -> Any:
        """Answer with the end of the audit log, for who keeps it where this server cannot write."""
        try:
            head = runtime.audit.head()
        except VoiceHubError:
            return JSONResponse({"status": "no database"}, 503)
        said = {"number": head.number, "sha256": head.sha256, "at": now()}
        return JSONResponse(said, headers={"cache-control": "no-store"})

    @routes.get("/metrics")
    def metrics() -> Any:
        """Answer with figures in the text format of Prometheus."""
        return PlainTextResponse(metrics_text(runtime), media_type=CONTENT_TYPE_LATEST)

    return routes


def base_is_there(runtime: Runtime) -> bool:
    """Return whether the files of the base checkpoint are there; only its list of them is read."""
    folder = runtime.base_folder
    try:
        parts = json.loads((folder / "config.json").read_text(encoding="utf-8"))["parts"]
    except (OSError, ValueError, KeyError, TypeError):
        return False
    return all((folder / f"{name}.safetensors").is_file() for name in parts)
