"""The Hub's own client: where it asks, whose token it bears, and its failures in our words."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from huggingface_hub import HfApi, get_session, get_token
from huggingface_hub.errors import (
    EntryNotFoundError,
    GatedRepoError,
    HfHubHTTPError,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)
from huggingface_hub.utils import disable_progress_bars

from voicehub.errors import HubBusyError, HubError, NotFoundError, VoiceHubError

DEFAULT_ENDPOINT = "https://huggingface.co"
NO_TOKEN = (
    "there is no token for the Hugging Face Hub: run `hf auth login`, or set HF_TOKEN; "
    "without one `--registry` keeps signed voices on your own disk"
)
_BUSY = (408, 409, 412, 425, 429)  # and all of 500 and above


def endpoint() -> str:
    """Return the address of the Hub, as the environment names it now."""
    return os.environ.get("HF_ENDPOINT", DEFAULT_ENDPOINT).rstrip("/")


def token() -> str | None:
    """Return the token of VOICEHUB_HF_TOKEN, HF_TOKEN or a login; nobody else keeps it."""
    return os.environ.get("VOICEHUB_HF_TOKEN") or get_token()


def client(address: str, secret: str | None) -> HfApi:
    """Return the client of one Hub; without a token it sends none, even where one is there."""
    disable_progress_bars()
    return HfApi(endpoint=address, token=secret or False, library_name="voicehub")


@contextmanager
def in_words(what: str, timeout: float) -> Iterator[None]:
    """Raise our errors for those of the client; each answer is waited for ``timeout`` seconds."""
    get_session().timeout = timeout
    try:
        yield
    except VoiceHubError:
        raise
    except GatedRepoError as error:
        raise HubError(f"access to {what} was not granted yet; ask on its page") from error
    except (RepositoryNotFoundError, RevisionNotFoundError, EntryNotFoundError) as error:
        raise NotFoundError(f"there is no {what} that can be seen with this token") from error
    except HfHubHTTPError as error:
        status = error.response.status_code
        if status in _BUSY or status >= 500:
            raise HubBusyError(f"the Hub answered {status} for {what}; ask again") from error
        if status in (401, 403):
            raise HubError(f"the token may not do this with {what}") from error
        raise HubError(f"the Hub refuses this for {what} with status {status}") from error
    except Exception as error:
        # Timeouts and broken connections are of the client's own transport, whatever that is.
        raise HubBusyError(f"the Hub was not reached ({type(error).__name__})") from error
