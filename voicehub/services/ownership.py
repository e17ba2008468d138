"""Whose it is: what belongs to somebody else is not found, in the same words as what is not there."""

from dataclasses import replace
from typing import TYPE_CHECKING

from voicehub.errors import ConsentError, NotFoundError
from voicehub.store.records import OPERATOR, Consent, Use, Voice
from voicehub.store.rows import now
from voicehub.store.store import Store

if TYPE_CHECKING:  # the runtime is above what is asked here
    from voicehub.services.runtime import Runtime


def own_voice(store: Store, name_or_id: str, user_id: str) -> Voice:
    """Return a user's own voice; the operator, who alone names voices, has all of them."""
    if user_id == OPERATOR:
        return store.voice(name_or_id)
    return store.own_voice(name_or_id, user_id)


def usable_voice(runtime: "Runtime", name_or_id: str, user_id: str) -> Voice:
    """Return a voice that a user may speak with: their own, or one they hold a valid licence of."""
    try:
        return own_voice(runtime.store, name_or_id, user_id)
    except NotFoundError:
        return runtime.licences.voice(name_or_id, user_id)


def usable_voices(runtime: "Runtime", user_id: str) -> list[Voice]:
    """Return the voices that a user may speak with: their own, then licensed ones as they are offered."""
    licensed = [
        replace(runtime.licences.voice(listing.voice_id, user_id), name=listing.name)
        for _, listing in runtime.licences.licensed(user_id)
    ]
    return [*runtime.store.voices(user_id), *licensed]


def valid_consent(store: Store, consent_id: str, user_id: str, use: Use = "make") -> Consent:
    """Return a user's own consent, or raise ``ConsentError`` with why nothing may come of it."""
    consent = store.own_consent(consent_id, user_id)
    problem = consent.problem(now(), use)
    if problem:
        raise ConsentError(f"{problem}; nothing can be made under it")
    return consent
