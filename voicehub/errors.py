"""The tree of errors a user can meet; every message says what was given and what is needed.

VoiceHubError
├── InputError              the caller's data or arguments are unusable        exit code 2
│   ├── AudioError          a recording cannot be used
│   ├── TextError           a text cannot be spoken
│   ├── LimitError          more was asked than is allowed
│   └── SettingsError       a setting is out of range
├── NotFoundError           a voice, checkpoint or file does not exist          exit code 3
├── ConsentError            no legal basis for what was asked                   exit code 4
├── CheckpointError         weights are corrupt, foreign or of another version  exit code 5
├── MissingToolError        an optional program or package is not installed     exit code 6
├── WatermarkError          a mark cannot be put into speech, so none leaves    exit code 1
└── HubError                a hub refuses, or cannot be asked                   exit code 1
    └── HubBusyError        it may answer when it is asked again
"""


class VoiceHubError(Exception):
    """Base of all errors that end with one clear sentence instead of a traceback."""

    exit_code = 1


class InputError(VoiceHubError):
    """The data or arguments given cannot be used."""

    exit_code = 2


class AudioError(InputError):
    """A recording cannot be used."""


class TextError(InputError):
    """A text cannot be spoken."""


class LimitError(InputError):
    """More was asked than one visitor, or this installation, is allowed."""


class SettingsError(InputError):
    """A setting is out of range."""


class NotFoundError(VoiceHubError):
    """Something named does not exist."""

    exit_code = 3


class ConsentError(VoiceHubError):
    """There is no legal basis for what was asked."""

    exit_code = 4


class CheckpointError(VoiceHubError):
    """Weights are corrupt, foreign, or made for another base."""

    exit_code = 5


class HubError(VoiceHubError):
    """A hub refuses what was asked, or cannot be asked at all."""


class HubBusyError(HubError):
    """A hub did not answer as it should; it may when it is asked again."""


class MissingToolError(VoiceHubError):
    """An optional program or package is not installed."""

    exit_code = 6


class WatermarkError(VoiceHubError):
    """A mark cannot be put into speech: what cannot be marked must not leave."""
