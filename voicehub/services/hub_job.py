"""The job that empties the outbox: it may be killed at any moment, and is run again until it is done."""

import shutil
import time
from collections.abc import Callable
from functools import partial
from typing import Any

from voicehub.errors import ConsentError, HubBusyError, InputError, NotFoundError, VoiceHubError
from voicehub.hub.parcel import read_manifest
from voicehub.hub.shelf import Shelf, Shipment, patiently
from voicehub.jobs import Context
from voicehub.services.parcels import pack, staging
from voicehub.services.pulling import PullService
from voicehub.services.runtime import Runtime
from voicehub.services.shelves import shelf_of, shown
from voicehub.store.hub_records import Delivery

_LOOK_SECONDS = 0.1


def deliver(runtime: Runtime, context: Context) -> dict[str, Any]:
    """Carry out one row of the outbox; where that fails the row waits on and says why."""
    delivery = runtime.outbox.get(context.job.config["outbox_id"])
    if delivery.state != "waiting":
        return {"state": delivery.state, "repo": delivery.repo}
    try:
        if delivery.action == "publish":
            return _publish(runtime, context, delivery)
        return _withdraw(runtime, context, delivery)
    except (ConsentError, InputError, NotFoundError) as error:
        runtime.outbox.failed(delivery, str(error))
        if delivery.action == "publish":
            runtime.outbox.void(delivery)  # asking again would be refused again
        raise
    except VoiceHubError as error:
        runtime.outbox.failed(delivery, str(error))
        if delivery.action == "publish" and context.cancelled():
            runtime.outbox.void(delivery)
        raise


def _publish(runtime: Runtime, context: Context, delivery: Delivery) -> dict[str, Any]:
    voice = runtime.store.own_voice(delivery.voice_id, delivery.user_id)
    runtime.store.check_consent(voice)
    context.report(0.05, "packing the voice")
    folder = pack(runtime, delivery, voice)
    manifest = read_manifest(folder)
    shelf, tag = shelf_of(runtime, delivery), f"v{manifest.version}"
    shipment = Shipment(
        delivery.repo, folder, voice.id, tag, f"{manifest.name}, version {manifest.version}",
        delivery.config.get("visibility", "private"),
    )  # fmt: skip

    def put() -> str:
        if runtime.outbox.get(delivery.id).state != "waiting":
            raise ConsentError("the voice was withdrawn before it was uploaded")
        return shelf.put(shipment)

    context.report(0.3, f"sending it to {shown(delivery.endpoint)}")
    revision = patiently(put, context.stopped, partial(_pause, context))
    if not runtime.outbox.published(delivery, revision, tag, manifest.sha256):
        _settle(shelf, runtime.outbox.get(delivery.id))
        raise ConsentError("the voice was withdrawn while it was uploaded; the upload was erased")
    shutil.rmtree(folder, ignore_errors=True)
    return {
        "repo": delivery.repo, "revision": revision, "tag": tag, "sha256": manifest.sha256,
    }  # fmt: skip


def _settle(shelf: Shelf, delivery: Delivery) -> None:
    """Erase an upload that is no longer wanted; another run of the same job may have ended it well."""
    if delivery.state == "void":
        shelf.erase(delivery.repo, delivery.voice_id)


def _withdraw(runtime: Runtime, context: Context, delivery: Delivery) -> dict[str, Any]:
    shelf = shelf_of(runtime, delivery)

    def erase() -> str:
        shelf.erase(delivery.repo, delivery.voice_id)
        if runtime.outbox.uploading(delivery):
            raise HubBusyError(f"an upload to {delivery.repo} has not ended yet")
        return ""

    context.report(0.1, f"erasing it from {shown(delivery.endpoint)}")
    patiently(erase, context.stopped, partial(_pause, context))
    for each in runtime.outbox.of_voice(delivery.voice_id):
        if (each.endpoint, each.repo) == (delivery.endpoint, delivery.repo):
            shutil.rmtree(staging(runtime, each), ignore_errors=True)
    runtime.outbox.erased(delivery)
    return {"repo": delivery.repo, "erased": True}


def _pause(context: Context, seconds: float) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until and not context.stopped():
        time.sleep(_LOOK_SECONDS)


def check_pulled(runtime: Runtime, context: Context) -> dict[str, Any]:
    """Look whether what was pulled is still offered; what is not goes here too."""
    return {"gone": PullService(runtime).check_pulled()}


HANDLERS: dict[str, Callable[[Runtime, Context], dict[str, Any]]] = {
    "hub": deliver,
    "hub-check": check_pulled,
}
