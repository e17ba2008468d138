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

    def licensed(self, user: User | None) -> list[tuple[str, str]]:
        """Return the voices of others that a visitor may speak with, as a list offers them."""
        if user is None:
            return []
        found = self.desk.services.market.licensed(user)
        return [(self.desk.say("voice_licensed", name=of.name), of.voice_id) for _, of in found]

    def names(self, user: User) -> dict[str, str]:
        """Return the names of the voices that a user may speak with, by identifier."""
        services = self.desk.services
        found = {of.voice_id: of.name for _, of in services.market.licensed(user)}
        return found | {voice.id: voice.name for voice in services.library.voices(user)}

    def refresh(
        self, speak: str | None, convert: str | None, evaluate: str | None, own: str | None,
        publish: str | None, request: gr.Request,
    ) -> list[Any]:  # fmt: skip
        """Return every list with the voices of now; what was chosen stays."""
        with self.desk.sentences():
            chosen = (speak, convert, evaluate, own, publish)
            return self.filled(self.desk.known(request), chosen)

    def filled(self, user: User | None, chosen: Sequence[str | None]) -> list[Any]:
        """Return every list with a visitor's voices; what is ``chosen`` in each stays."""
        voices, licensed = self.voices(user), self.licensed(user)
        offered = [(voice.name, voice.id) for voice in voices]
        spoken = [*offered, *licensed]
        return [
            self._filled(choices, value)
            for choices, value in zip(
                (spoken, spoken, offered, offered, offered), chosen, strict=True
            )
        ]

    def _filled(self, choices: list[tuple[str, str]], value: str | None) -> gr.Dropdown:
        known = [identifier for _, identifier in choices]
        info = self.desk.say("voice_info") if choices else self.desk.say("no_voice")
        chosen = value if value in known else next(iter(known), None)
        return gr.Dropdown(choices=choices, value=chosen, info=info)
