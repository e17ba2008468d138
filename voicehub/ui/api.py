"""What programs ask of the page beside its buttons: rows as plain JSON, and what a list's buttons do."""

from dataclasses import asdict
from typing import Any

import gradio as gr

from voicehub.store.records import User
from voicehub.ui.desk import Desk
from voicehub.ui.job_view import see

_RECENT = 20  # jobs


class Api:
    """Endpoints that have no component; each answers for the visitor whose cookie comes along."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    def add(self) -> None:
        """Add the endpoints to the page that is being built."""
        for call in (
            self.voices, self.samples, self.history, self.jobs, self.job,
            self.remove_sample, self.forget_speech, self.make_current,
            self.delete_voice, self.revoke_consent, self.hub_places,
        ):  # fmt: skip
            gr.api(call, api_name=call.__name__)

    def voices(self, request: gr.Request) -> list[dict[str, str]]:
        """Return the visitor's voices, newest first."""
        user = self.desk.known(request)
        with self.desk.sentences():
            found = self.desk.services.library.voices(user) if user else []
        return [
            {"id": each.id, "name": each.name, "created": each.created, "kind": each.kind}
            for each in reversed(found)
        ]

    def samples(self, request: gr.Request) -> list[dict[str, Any]]:
        """Return the visitor's recordings, oldest first."""
        user = self.desk.known(request)
        with self.desk.sentences():
            found = self.desk.services.samples.list(user) if user else []
        return [
            {
                "id": each.id, "name": each.original_name, "seconds": each.seconds,
                "sha256": each.sha256, "quality": each.quality,
            }
            for each in found
        ]  # fmt: skip

    def history(self, request: gr.Request) -> list[dict[str, Any]]:
        """Return the visitor's speech, newest first."""
        user = self.desk.known(request)
        with self.desk.sentences():
            found = self.desk.services.speeches.history(user) if user else []
        return [
            {
                "id": each.id, "voice_id": each.voice_id, "kind": each.kind, "text": each.text,
                "seconds": each.seconds, "created": each.created,
            }
            for each in found
        ]  # fmt: skip

    def jobs(self, request: gr.Request) -> list[dict[str, str]]:
        """Return the visitor's last jobs, newest first."""
        user = self.desk.known(request)
        with self.desk.sentences():
            found = self.desk.services.studio.recent(user, _RECENT) if user else []
        return [
            {"id": each.job.id, "kind": each.job.kind, "state": each.job.state} for each in found
        ]

    def job(self, job_id: str, request: gr.Request) -> dict[str, Any]:
        """Return how a job of the visitor's stands, with its events."""
        with self.desk.sentences():
            user = self._someone(request)
            seen = see(user, self.desk.services.studio.job(user, job_id))
        view, job = seen.view, seen.view.job
        # Gradio takes whatever has a `path` for a file of its own.
        result = {("file" if k == "path" else k): v for k, v in (job.result or {}).items()}
        return {
            "id": job.id, "kind": job.kind, "state": job.state, "progress": job.progress,
            "eta_seconds": job.eta_seconds, "position": view.position,
            "waiting_seconds": view.waiting_seconds, "result": result, "error": job.error,
            "voice_id": job.voice_id, "files": list(view.files),
            "events": [each.data | {"kind": each.kind, "at": each.at} for each in seen.events],
        }  # fmt: skip

    def remove_sample(self, sample_id: str, request: gr.Request) -> list[dict[str, Any]]:
        """Remove a recording; return those that stay."""
        with self.desk.sentences():
            self.desk.services.samples.remove(self._someone(request), sample_id)
        return self.samples(request)

    def forget_speech(self, speech_id: str, request: gr.Request) -> list[dict[str, Any]]:
        """Remove a piece of speech; return the history without it."""
        with self.desk.sentences():
            self.desk.services.speeches.delete(self._someone(request), speech_id)
        return self.history(request)

    def make_current(self, voice_id: str, checkpoint_id: str, request: gr.Request) -> int:
        """Let a voice speak with one of its checkpoints; return that one's number."""
        with self.desk.sentences():
            library = self.desk.services.library
            return library.make_current(self._someone(request), voice_id, checkpoint_id).number

    def delete_voice(self, voice_id: str, request: gr.Request) -> dict[str, Any]:
        """Delete a voice; return the receipt."""
        with self.desk.sentences():
            user = self._someone(request)
            return self.desk.services.library.delete(user, voice_id).as_dict()

    def revoke_consent(self, voice_id: str, request: gr.Request) -> dict[str, Any]:
        """End the consent of a voice and remove all that came of it; return the receipt."""
        with self.desk.sentences():
            user = self._someone(request)
            return self.desk.services.library.revoke(user, voice_id).as_dict()

    def hub_places(self, voice_id: str, request: gr.Request) -> list[dict[str, Any]]:
        """Return where a voice was published, newest first, and how each place stands."""
        with self.desk.sentences():
            user = self._someone(request)
            return [asdict(each) for each in self.desk.services.hub.places(user, voice_id)]

    def _someone(self, request: gr.Request) -> User:
        """Return who is asking; somebody who has made nothing yet has nothing either."""
        user = self.desk.known(request)
        self.desk.needed(user, "nothing_yours")
        assert user is not None
        return user
