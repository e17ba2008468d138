"""Settings: where things lie and the limits on what is accepted."""

import os
from pathlib import Path

import platformdirs

CHECKPOINTS = Path(__file__).resolve().parent.parent / "checkpoints"


def home() -> Path:
    """Return the folder of all user data: ``VOICEHUB_HOME``, else the user's data directory."""
    named = os.environ.get("VOICEHUB_HOME")
    return Path(named) if named else Path(platformdirs.user_data_dir("voicehub"))
