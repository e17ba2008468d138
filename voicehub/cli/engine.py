"""Where a voice is tuned: here, on a Ray cluster, or on a rented machine."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from voicehub.errors import InputError

if TYPE_CHECKING:
    from voicehub.engines import Engine


def add_engine_options(parser: argparse.ArgumentParser) -> None:
    """Add the options that `engine_from` reads."""
    elsewhere = parser.add_argument_group("where to tune")
    elsewhere.add_argument(
        "--engine", choices=("here", "ray", "jobs"), default="here",
        help="here (default), a Ray cluster, or Hugging Face Jobs, which cost the token's owner money",
    )  # fmt: skip
    elsewhere.add_argument(
        "--cluster", default="auto", metavar="ADDRESS", help="of the Ray cluster, default auto"
    )
    elsewhere.add_argument(
        "--shared", type=Path, metavar="FOLDER",
        help="a folder that all of the cluster see; recordings and base have to lie where it sees them too",
    )  # fmt: skip
    elsewhere.add_argument(
        "--space", metavar="OWNER/NAME", help="that holds this project, whose image the jobs run in"
    )
    elsewhere.add_argument(
        "--flavor", default="t4-small", help="of the rented machine, default %(default)s"
    )
    elsewhere.add_argument("--gpus", type=float, default=0.0, help="that a tuning needs, default 0")


def engine_from(arguments: argparse.Namespace) -> "Engine | None":
    """Return the engine that was asked for, None for a tuning here."""
    if arguments.engine == "here":
        return None
    if arguments.engine == "jobs":
        from voicehub.hub.client import endpoint, token
        from voicehub.hub.rented import RentedEngine

        if arguments.space is None:
            raise InputError(
                "Hugging Face Jobs run in a Space that holds this project: --space OWNER/NAME"
            )
        return RentedEngine(arguments.space, endpoint(), token(), arguments.flavor)
    from voicehub.engines.cluster import RayEngine

    return RayEngine(arguments.cluster, gpus=arguments.gpus)
