"""The page for hosts that run ``app.py``; ``voicehub app`` serves the same."""

import os

from voicehub.logs import start_logs
from voicehub.services.runtime import Runtime
from voicehub.ui.server import Options, serve


def main() -> None:
    """Serve the page where PORT and GRADIO_SERVER_NAME say, by default to this machine only."""
    start_logs()
    host = os.environ.get("GRADIO_SERVER_NAME", "127.0.0.1")
    port = int(os.environ.get("PORT") or os.environ.get("GRADIO_SERVER_PORT") or 7860)
    serve(Runtime(), Options(host, port), print)


if __name__ == "__main__":
    main()
