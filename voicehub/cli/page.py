"""The command that opens the page: ``app``."""

import argparse
import os
from typing import Any

from voicehub.cli.console import Answer, add_base_options, progress_from, runtime_from


def add_commands(commands: Any, common: argparse.ArgumentParser) -> None:
    """Add the commands of this group."""
    app = commands.add_parser(
        "app",
        parents=[common],
        help="open the page: clone, speak and convert in a browser",
        description="Serve the page until Ctrl-C, to this machine alone unless --host is given; "
        "what is asked for there is done by workers that it starts.",
    )
    app.add_argument(
        "--host",
        default=os.environ.get("GRADIO_SERVER_NAME", "127.0.0.1"),
        help="address to listen on; default: GRADIO_SERVER_NAME, else 127.0.0.1",
    )
    app.add_argument(
        "--port",
        type=int,
        default=os.environ.get("PORT", os.environ.get("GRADIO_SERVER_PORT", "7860")),
        help="default: PORT, else GRADIO_SERVER_PORT, else 7860",
    )
    app.add_argument(
        "--no-worker",
        action="store_true",
        help="start no workers: `voicehub worker` runs elsewhere over the same data",
    )
    add_base_options(app)
    app.set_defaults(run=_app)

    words = (
        "offer tools to an assistant over the Model Context Protocol, on standard input and output"
    )
    mcp = commands.add_parser("mcp", parents=[common], help=words, description=words)
    add_base_options(mcp)
    mcp.set_defaults(run=_mcp)


def _app(arguments: argparse.Namespace) -> Answer:
    from voicehub.cli.quiet import quiet_libraries
    from voicehub.cli.worker import base_options
    from voicehub.logs import start_logs
    from voicehub.ui.server import Options, serve

    quiet_libraries()
    start_logs("warning" if arguments.quiet else None)
    say = progress_from(arguments).say
    workers = None if arguments.no_worker else base_options(arguments)
    if workers is not None and arguments.quiet:
        workers.append("--quiet")
    serve(runtime_from(arguments), Options(arguments.host, arguments.port, workers), say)
    return Answer({"stopped": True}, "")


def _mcp(arguments: argparse.Namespace) -> Answer:
    from voicehub.api.mcp import build_server

    build_server(runtime_from(arguments)).run("stdio")
    return Answer({"stopped": True}, "")
