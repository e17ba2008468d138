"""Settings: where things lie and the limits on what is accepted."""

import os
from dataclasses import dataclass, fields
from pathlib import Path

import platformdirs

from voicehub.errors import SettingsError

CHECKPOINTS = Path(__file__).resolve().parent.parent / "checkpoints"
LIKENESS = 0.7  # of what tuning learned, which a conversion takes where nobody says more or less


def home() -> Path:
    """Return the folder of all user data: ``VOICEHUB_HOME``, else the user's data directory."""
    named = os.environ.get("VOICEHUB_HOME")
    return Path(named) if named else Path(platformdirs.user_data_dir("voicehub"))


def screen_file() -> Path | None:
    """Return the file of texts and names that are refused: ``VOICEHUB_SCREEN_FILE``, if it is set."""
    named = os.environ.get("VOICEHUB_SCREEN_FILE")
    return Path(named) if named else None


@dataclass(frozen=True)
class AudioLimits:
    """What an audio file may ask of this machine before it is refused."""

    max_bytes: int = 64 * 2**20
    max_seconds: float = 3600.0
    max_channels: int = 16
    max_values: int = 400_000_000  # frames times channels: an hour of stereo at 48 kHz has 346
    min_sample_rate: int = 4_000  # Hz
    max_sample_rate: int = 384_000  # Hz
    max_convert_seconds: float = 120.0  # wall clock that ffmpeg may take for one file

    def __post_init__(self) -> None:
        names = ("max_bytes", "max_seconds", "max_channels", "max_values", "max_convert_seconds")
        for name in names:
            value = getattr(self, name)
            if not value > 0:
                raise SettingsError(f"{name} needs a number above 0, got {value}")
        if not 0 < self.min_sample_rate <= self.max_sample_rate:
            raise SettingsError(
                "need 0 < min_sample_rate <= max_sample_rate, "
                f"got {self.min_sample_rate}..{self.max_sample_rate}"
            )


AUDIO_LIMITS = AudioLimits()

GPU_CALL_SECONDS = 60  # that a GPU is lent for at a time, on a machine that lends one
TUNING_STEPS = (
    120  # of a clone by default: about a minute on a core that knows bfloat16, two on others
)
DEMO_STEPS = 40  # of the guided demo: enough to be heard, and over before anybody looks away

CREATOR_SHARE_PERCENT = 80  # of what a voice earns; the rest is the installation's
TOP_UP_CENTS = 1_000  # demo credits that an account can have once a day

FORMATS = ("wav", "mp3", "flac", "ogg")  # in which speech can be had


@dataclass(frozen=True)
class ServiceLimits:
    """What one visitor may ask of this installation; ``VOICEHUB_<NAME>`` overrides a number."""

    max_upload_mb: int = 64
    max_sample_seconds: float = 600.0
    max_samples: int = 50  # that a user keeps at once
    max_text_characters: int = 5_000
    max_convert_seconds: float = 300.0
    max_tuning_steps: int = 1_000
    tuning_steps: int = TUNING_STEPS  # of a clone on the page, where nobody chose a number
    tuning_seconds: float = 60.0  # that these take at most, however slow the processor
    max_voices: int = 20
    max_user_jobs: int = 4  # queued or running
    max_queue: int = 200  # queued or running, of all users together
    user_requests_a_minute: int = 60
    address_requests_a_minute: int = 240
    address_guests_an_hour: int = 60
    address_logins_an_hour: int = 60  # tries, whatever the name
    address_reports_an_hour: int = 10
    user_takeouts_a_day: int = 5  # archives of all that is a user's
    key_characters_a_day: int = 100_000  # that a program's key may have spoken, unless it says
    max_user_mb: int = 1_000
    max_guest_mb: int = 200
    login_attempts: int = 5
    login_minutes: float = 15.0
    statement_attempts: int = 5  # a day
    challenge_minutes: float = 10.0
    guest_hours: float = 24.0  # that a guest, and all that is theirs, lives
    session_days: float = 30.0
    job_file_hours: float = 1.0  # that previews and pieces of speech are kept
    unfinished_hours: float = 24.0  # that a stopped tuning can be resumed
    recording_days: float = 30.0  # that an account's recordings are kept; its voices stay
    report_acknowledge_hours: float = 24.0
    report_decide_hours: float = 48.0

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if not value > 0:
                raise SettingsError(f"{field.name} needs a number above 0, got {value}")
        if self.tuning_steps > self.max_tuning_steps:
            raise SettingsError(
                "need tuning_steps <= max_tuning_steps, "
                f"got {self.tuning_steps} and {self.max_tuning_steps}"
            )

    @classmethod
    def from_environment(cls) -> "ServiceLimits":
        """Return the limits with what the environment overrides."""
        given: dict[str, float] = {}
        for field in fields(cls):
            name = f"VOICEHUB_{field.name.upper()}"
            text = os.environ.get(name)
            if text is None:
                continue
            number = int if isinstance(field.default, int) else float
            try:
                given[field.name] = number(text)
            except ValueError as error:
                kind = "a whole number" if number is int else "a number"
                raise SettingsError(f"{name} needs {kind}, got {text!r}") from error
        return cls(**given)  # type: ignore[arg-type]
