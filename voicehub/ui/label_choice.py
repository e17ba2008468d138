"""The choice of what is heard before speech: a spoken line, a rhythm, or nothing."""

from typing import Any, cast

import gradio as gr

from voicehub.services.labels import LABELS, Label
from voicehub.store.mark_records import LabelKind
from voicehub.ui.desk import QUIET, Desk


class LabelChoice:
    """A choice with the acknowledgement that nothing asks for."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    def build(self) -> None:
        """Add the choice to the tab that is being laid out."""
        say = self.desk.say
        self.kind = gr.Radio(
            [(say(f"label_{kind}"), kind) for kind in LABELS], value="spoken",
            label=say("label"), info=say("label_info"),
        )  # fmt: skip
        self.acknowledged = gr.Checkbox(False, label=say("label_tick"), visible=False)

    @property
    def fields(self) -> list[Any]:
        """What `chosen_label` takes."""
        return [self.kind, self.acknowledged]

    def wire(self) -> None:
        """Show the acknowledgement where it is needed."""
        self.kind.change(
            lambda kind: gr.Checkbox(visible=kind == "none"), self.kind, self.acknowledged, **QUIET
        )


def chosen_label(kind: str, acknowledged: bool) -> Label:
    """Return the label that was chosen; raise ``InputError`` where a tick is missing."""
    return Label(cast(LabelKind, kind), acknowledged)
