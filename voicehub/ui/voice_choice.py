"""The list of one's own voices, as several tabs offer it."""

from collections.abc import Sequence
from typing import Any

import gradio as gr

from voicehub.store.records import User, Voice
from voicehub.ui.desk import Desk


class VoiceChoice:
    """Lists that are filled when the page opens and whenever a voice comes, goes or is renamed."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.lists: list[gr.Dropdown] = []

    def build(self) -> gr.Dropdown:
        """Add a list to the tab that is being laid out."""
        chosen = gr.Dropdown(
            [],
            label=self.desk.say("voice"),
            info=self.desk.say("no_voice"),
            interactive=True,
            allow_custom_value=True,  # the services check whose voice it is
        )
        self.lists.append(chosen)
        return chosen

    def voices(self, user: User | None) -> list[Voice]:
        """Return a visitor's voices, newest first."""
        if user is None:
            return []
        found: Sequence[Voice] = self.desk.services.library.voices(user)
        return sorted(found, key=lambda voice: voice.created, reverse=True)

    def refresh(
        self, speak: str | None, convert: str | None, evaluate: str | None, own: str | None,
        request: gr.Request,
    ) -> list[Any]:  # fmt: skip
        """Return every list with the voices of now; what was chosen stays."""
        with self.desk.sentences():
            return self.filled(self.desk.known(request), (speak, convert, evaluate, own))

    def filled(self, user: User | None, chosen: Sequence[str | None]) -> list[Any]:
        """Return every list with a visitor's voices; what is ``chosen`` in each stays."""
        voices = self.voices(user)
        offered = [(voice.name, voice.id) for voice in voices]
        known = {voice.id for voice in voices}
        newest = voices[0].id if voices else None
        info = self.desk.say("voice_info") if voices else self.desk.say("no_voice")
        return [
            gr.Dropdown(choices=offered, value=value if value in known else newest, info=info)
            for value in chosen
        ]
