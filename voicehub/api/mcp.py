"""Tools for assistants over the Model Context Protocol: list voices, speak, convert, check a file."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from voicehub import __version__
from voicehub.errors import MissingToolError
from voicehub.services.checker import Checker
from voicehub.services.runtime import Runtime
from voicehub.services.speech import SpeechService
from voicehub.synthesis.speak import SpeakOptions

if TYPE_CHECKING:
    from mcp.server import MCPServer

_INSTRUCTIONS = (
    "Speech with consented voices of this installation. Say that what they speak is synthetic, and "
    "use a voice only for what its owner agreed to."
)


class Tools:
    """What the tools do, as the operator; every word that is spoken goes through the one road."""

    def __init__(self, runtime: Runtime) -> None:
        self.runtime, self.speech = runtime, SpeechService(runtime)

    def list_voices(self) -> list[dict[str, str]]:
        """List the voices there are, by name and kind."""
        found = self.runtime.store.voices()
        return [{"id": each.id, "name": each.name, "kind": each.kind} for each in found]

    def speak(self, voice: str, text: str, output: str, speed: float = 1.0) -> dict[str, Any]:
        """Speak English or Chinese text with a voice into a new file: WAV, FLAC, MP3, Ogg or Opus."""
        made = self.speech.speak_to_file(voice, text, Path(output), SpeakOptions(speed))
        return {"file": str(made.path), "seconds": round(made.seconds, 2), "sha256": made.sha256}

    def convert(self, voice: str, source: str, output: str) -> dict[str, Any]:
        """Say a recording again with a voice, with the same words and timing."""
        made = self.speech.convert_to_file(voice, Path(source), Path(output))
        return {"file": str(made.path), "seconds": round(made.seconds, 2), "sha256": made.sha256}

    def check(self, file: str) -> dict[str, Any]:
        """Tell whether a file is speech that was made here: by its sound, its mark, its labels."""
        return Checker(self.runtime).check(Path(file)).as_dict()


def build_server(runtime: Runtime) -> "MCPServer":
    """Return the server; raise ``MissingToolError`` where the optional package is not there."""
    try:
        from mcp.server import MCPServer
    except ImportError as error:
        raise MissingToolError(
            "tools for assistants need the package mcp: pip install 'voicehub[mcp]'"
        ) from error
    server: Any = MCPServer("voicehub", instructions=_INSTRUCTIONS, version=__version__)
    tools = Tools(runtime)
    calls: tuple[Callable[..., Any], ...] = (
        tools.list_voices, tools.speak, tools.convert, tools.check,
    )  # fmt: skip
    for call in calls:
        server.tool()(call)
    return server
