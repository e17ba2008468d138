"""What every tab has at hand: the services, the page's language, and who is asking."""

import html
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import gradio as gr

from voicehub.errors import InputError, VoiceHubError
from voicehub.logs import Log, remember_request
from voicehub.services.accounts import Accounts
from voicehub.services.api_keys import ApiKeys
from voicehub.services.checker import Checker
from voicehub.services.consents import Consents
from voicehub.services.hub import HubService
from voicehub.services.library import Library
from voicehub.services.limits import Limits
from voicehub.services.market import Market
from voicehub.services.misuse import Misuse
from voicehub.services.reviews import Reviews
from voicehub.services.robustness import Robustness
from voicehub.services.samples import Samples
from voicehub.services.selling import Review, Selling
from voicehub.services.speeches import Speeches
from voicehub.services.studio import Studio
from voicehub.store.records import User
from voicehub.ui.strings import error_sentence, string

_log = Log(__name__)

COOKIE = "voicehub_session"
REQUEST_ID = "x-request-id"
QUIET: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}


@dataclass(frozen=True)
class Services:
    """All that the page calls."""

    accounts: Accounts
    consents: Consents
    samples: Samples
    studio: Studio
    library: Library
    speeches: Speeches
    limits: Limits
    checker: Checker
    robustness: Robustness
    misuse: Misuse
    api_keys: ApiKeys
    market: Market
    selling: Selling
    review: Review
    reviews: Reviews
    hub: HubService


@dataclass(frozen=True)
class Desk:
    """The services, and the language of the page that calls them."""

    services: Services
    language: str

    def say(self, key: str, **values: object) -> str:
        """Return a sentence of the catalogue."""
        return string(key, self.language, **values)

    def told(self, error: VoiceHubError) -> str:
        """Return what went wrong in the page's language."""
        return error_sentence(str(error), self.language)

    def known(self, request: gr.Request | None) -> User | None:
        """Return who is asking, or None for someone who has done nothing yet."""
        remember_request(request_id(request))
        return self.services.accounts.by_token(session_token(request))

    def acting(self, request: gr.Request | None, kind: str) -> User:
        """Return who is asking to do something of ``kind``; a newcomer becomes a guest."""
        remember_request(request_id(request))
        token = session_token(request)
        user = self.services.accounts.by_token(token)
        if user is None:
            if token is None:
                raise InputError(self.say("need_cookie"))
            user, _ = self.services.accounts.guest(token, address_of(request))
        self.services.limits.check(user, address_of(request), kind)
        return user

    @contextmanager
    def sentences(self) -> Iterator[None]:
        """Turn every error into one sentence on the page; what is unexpected goes to the log."""
        title = self.say("problem")
        try:
            yield
        except VoiceHubError as error:
            # Names of files and voices stand in these sentences, and notices render markup.
            said = html.escape(self.told(error))
            raise gr.Error(said, title=title, print_exception=False) from error
        except gr.Error:
            raise
        except Exception as error:
            _log.error("handler_failed", error=error)
            said = self.say("unexpected")
            raise gr.Error(said, title=title, print_exception=False) from error

    def needed(self, value: object, key: str) -> None:
        """Raise ``InputError`` with the sentence ``key`` where ``value`` is missing."""
        if not value:
            raise InputError(self.say(key))


def session_token(request: Any) -> str | None:
    """Return the token of the visitor's session cookie."""
    cookies: Mapping[str, str] = getattr(request, "cookies", None) or {}
    return cookies.get(COOKIE)


def request_id(request: Any) -> str | None:
    """Return the number by which the logs know a request; handlers run outside of its own task."""
    headers: Mapping[str, str] = getattr(request, "headers", None) or {}
    return headers.get(REQUEST_ID)


def trusts_proxy() -> bool:
    """Return whether a proxy stands before the server whose word on visitors is taken."""
    return os.environ.get("VOICEHUB_TRUST_PROXY") == "1"


def address_of(request: Any) -> str:
    """Return where a request comes from; a proxy's word is taken only where one is trusted."""
    forwarded = request.headers.get("x-forwarded-for") if request is not None else None
    if forwarded and trusts_proxy():
        # The last entry is the trusted proxy's own; those before it anybody can write.
        return str(forwarded).rsplit(",", 1)[-1].strip()
    client = getattr(request, "client", None)
    return str(getattr(client, "host", "") or "")


def is_founder(user: User) -> bool:
    """Return whether an account is among those that `VOICEHUB_FOUNDERS` names."""
    named = [each.strip() for each in os.environ.get("VOICEHUB_FOUNDERS", "").split(",")]
    return user.kind == "local" and bool(user.name) and user.name in named
