"""What somebody without a consent can try through the page and its endpoints."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import uvicorn

from drills.attempts import Denied
from drills.recordings import READERS, clip
from drills.visitor import RefusedError, Visitor
from voicehub.errors import VoiceHubError
from voicehub.services.runtime import Runtime
from voicehub.ui.server import Options, build_app, listening

_OK, _MANY = 200, 1000


@contextmanager
def page_of(runtime: Runtime) -> Iterator[str]:
    """Yield the address of a page over a runtime, without workers."""
    with listening(Options(port=0)) as listener:
        server = uvicorn.Server(uvicorn.Config(build_app(runtime), log_level="error"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}/"
        finally:
            server.should_exit = True
            thread.join()


def page_attempts(
    runtime: Runtime, url: str, denied: Denied, folder: Path
) -> Iterator[tuple[str, str, Callable[[], object]]]:
    """Yield each attempt through the page at ``url``."""
    sound = clip(folder / "source.wav", READERS[1], 0, 3.0)
    visitor = Visitor(url, token=denied.token)
    visitor.open()

    def count() -> int:
        return len(runtime.jobs.of_user(denied.user.id, _MANY))

    def call(name: str, *given: object) -> None:
        before = count()
        try:
            visitor.call(name, *given)
        except RefusedError as error:
            raise VoiceHubError(str(error)) from error
        if count() == before:
            raise VoiceHubError("nothing came of it")

    def fetch(path: str) -> None:
        if visitor.get(path).status_code != _OK:
            raise VoiceHubError("it was not given")

    yield "page", "preview", lambda: call("preview")
    yield "page", "clone", lambda: call("clone", "Mine")
    for voice in denied.voices:
        yield "page", "speak", lambda v=voice: call("speak", v.id, "Hello.", 1.0, 0, "wav")
        yield "page", "convert", lambda v=voice: call("convert", v.id, visitor.upload(sound), 0)
        yield "page", "export", lambda v=voice: fetch(f"/files/export/{v.id}")
        yield "page", "clone again", lambda v=voice: call("clone", v.name)
    visitor.close()
