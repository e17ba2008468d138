"""Settings: where things lie and the limits on what is accepted."""

import os
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from voicehub.errors import SettingsError

CHECKPOINTS = Path(__file__).resolve().parent.parent / "checkpoints"


def home() -> Path:
    """Return the folder of all user data: ``VOICEHUB_HOME``, else the user's data directory."""
    named = os.environ.get("VOICEHUB_HOME")
    return Path(named) if named else Path(platformdirs.user_data_dir("voicehub"))


@dataclass(frozen=True)
class AudioLimits:
    """What an audio file may ask of this machine before it is refused."""

    max_bytes: int = 64 * 2**20
    max_seconds: float = 3600.0
    max_channels: int = 16
    min_sample_rate: int = 4_000  # Hz
    max_sample_rate: int = 384_000  # Hz
    max_convert_seconds: float = 120.0  # wall clock that ffmpeg may take for one file

    def __post_init__(self) -> None:
        for name in ("max_bytes", "max_seconds", "max_channels", "max_convert_seconds"):
            value = getattr(self, name)
            if not value > 0:
                raise SettingsError(f"{name} needs a number above 0, got {value}")
        if not 0 < self.min_sample_rate <= self.max_sample_rate:
            raise SettingsError(
                "need 0 < min_sample_rate <= max_sample_rate, "
                f"got {self.min_sample_rate}..{self.max_sample_rate}"
            )


AUDIO_LIMITS = AudioLimits()

TUNING_STEPS = 120  # of a clone by default: about a minute on two cores
