"""The app as a drill serves it: as it ships, but for who checks statements."""

import argparse
import sys
from pathlib import Path

from drills.readers import BundledReaders
from voicehub.cli.console import Progress
from voicehub.cli.quiet import quiet_libraries
from voicehub.logs import start_logs
from voicehub.services.runtime import BASE_FOLDER, Runtime
from voicehub.ui.server import Options, serve


def main() -> int:
    """Serve the page to this machine alone, until it is ended."""
    parser = argparse.ArgumentParser(prog="python -m drills.app")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--base", type=Path)
    parser.add_argument("--no-worker", action="store_true")
    given = parser.parse_args()
    quiet_libraries()
    start_logs("warning")
    base = given.base or BASE_FOLDER
    runtime = Runtime(base_folder=base, verifier=BundledReaders())
    workers = None if given.no_worker else ["--base", str(base.absolute()), "--quiet"]
    serve(runtime, Options("127.0.0.1", given.port, workers), Progress().say)
    return 0


if __name__ == "__main__":
    sys.exit(main())
