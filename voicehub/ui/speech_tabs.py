"""The tabs that make sound with a voice: Speak and Convert."""

from pathlib import Path
from typing import Any

import gradio as gr

from voicehub.services.library import VoiceLibrary
from voicehub.services.runtime import Runtime
from voicehub.services.speech import SpeechService
from voicehub.synthesis.convert import ConvertOptions
from voicehub.synthesis.speak import SpeakOptions
from voicehub.ui.common import label, needed, output_path, sentences, visitor_language
from voicehub.ui.strings import string

_MAX_TEXT = 5_000  # characters
_MAX_TEXT_BYTES = 4 * _MAX_TEXT


class VoiceChoice:
    """A list of voices that is read anew when the page opens, a voice is made, or on demand."""

    def __init__(self, runtime: Runtime) -> None:
        self.library = VoiceLibrary(runtime)
        self.dropdowns: list[gr.Dropdown] = []

    def build(self) -> gr.Dropdown:
        """Add a list to the tab that is being built."""
        dropdown = gr.Dropdown(
            [],
            label=label("voice"),
            info=label("no_voice"),
            interactive=True,
            allow_custom_value=True,  # a voice made a moment ago elsewhere; services check it
        )
        self.dropdowns.append(dropdown)
        return dropdown

    def voices(self) -> list[str]:
        """Return the names of all voices, newest first."""
        with sentences("en"):
            return [voice.name for voice in reversed(self.library.voices())]

    def refresh(self, *chosen: str | None) -> Any:
        """Return every list with the voices of now; what was chosen stays."""
        names = self.voices()
        kept = [name if name in names else next(iter(names), None) for name in chosen]
        info = None if names else label("no_voice")
        return [gr.Dropdown(choices=names, value=name, info=info) for name in kept]

    def choose_newest(self) -> Any:
        """Return every list with the voice that was just made chosen."""
        return self.refresh(*[None] * len(self.dropdowns))


class SpeakTab:
    """Text becomes speech."""

    def __init__(self, runtime: Runtime, choice: VoiceChoice) -> None:
        self.service, self.choice = SpeechService(runtime), choice

    def build(self) -> None:
        """Lay out and wire the tab."""
        with gr.Row(equal_height=False):
            with gr.Column(scale=3):
                voice = self.choice.build()
                text = gr.Textbox(
                    label=label("text"),
                    placeholder=label("text_placeholder"),
                    lines=6,
                    max_lines=18,
                    max_length=_MAX_TEXT,
                )
                with gr.Row():
                    speed = gr.Slider(0.5, 2.0, 1.0, step=0.05, label=label("speed"))
                    pitch = gr.Slider(-12, 12, 0, step=0.5, label=label("pitch"))
                button = gr.Button(label("speak"), variant="primary", size="lg")
            with gr.Column(scale=2):
                sound = gr.Audio(
                    type="filepath", label=label("speech"), interactive=False, buttons=["download"]
                )
                note = gr.Markdown(elem_classes="note")
        button.click(self.speak, [voice, text, speed, pitch], [sound, note], api_name="speak")

    def speak(
        self,
        voice: str | None,
        text: str,
        speed: float,
        pitch: float,
        request: gr.Request,
    ) -> tuple[str, str]:
        """Return the speech and how long it took."""
        language = visitor_language(request)
        with sentences(language):
            needed(voice, "need_voice", language)
            spoken = self.service.speak_to_file(
                voice or "",
                text or "",
                output_path("speech.wav"),
                SpeakOptions(speed, pitch),
                max_bytes=_MAX_TEXT_BYTES,
            )
        note = string("made", language, seconds=spoken.seconds, spent=spoken.spent_seconds)
        return str(spoken.path), note


class ConvertTab:
    """A recording is said again with another voice."""

    def __init__(self, runtime: Runtime, choice: VoiceChoice) -> None:
        self.service, self.choice = SpeechService(runtime), choice

    def build(self) -> None:
        """Lay out and wire the tab."""
        with gr.Row(equal_height=False):
            with gr.Column(scale=3):
                voice = self.choice.build()
                source = gr.Audio(
                    sources=["upload", "microphone"],
                    type="filepath",
                    label=label("source"),
                    editable=False,
                )
                pitch = gr.Slider(-12, 12, 0, step=0.5, label=label("pitch"))
                button = gr.Button(label("convert"), variant="primary", size="lg")
            with gr.Column(scale=2):
                sound = gr.Audio(
                    type="filepath",
                    label=label("converted"),
                    interactive=False,
                    buttons=["download"],
                )
                note = gr.Markdown(elem_classes="note")
        button.click(self.convert, [voice, source, pitch], [sound, note], api_name="convert")

    def convert(
        self, voice: str | None, source: str | None, pitch: float, request: gr.Request
    ) -> tuple[str, str]:
        """Return the converted recording and how long it took."""
        language = visitor_language(request)
        with sentences(language):
            needed(voice, "need_voice", language)
            needed(source, "need_source", language)
            spoken = self.service.convert_to_file(
                voice or "", Path(source or ""), output_path("converted.wav"), ConvertOptions(pitch)
            )
        note = string("made", language, seconds=spoken.seconds, spent=spoken.spent_seconds)
        return str(spoken.path), note
