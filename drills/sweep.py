"""The drill of the sweep: another visitor and strangers try everything that leads to one's things."""

import tempfile
import time
from collections import Counter
from pathlib import Path

from drills.outcome import Options, Outcome
from drills.people import STATEMENT_SECONDS, give_consent, give_voice, zero_shot
from drills.recordings import READERS, clip
from drills.server import UNLIMITED, serving
from drills.thief import Thief, without_cookies
from drills.victim import Property, Victim, belongings
from drills.visitor import Visitor
from voicehub.services.accounts import Accounts
from voicehub.services.runtime import BASE_FOLDER, Runtime
from voicehub.store.records import User


def run(options: Options) -> Outcome:
    """Let a visitor own one of everything; then let the thieves come."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as name, serving(options.base, UNLIMITED) as server:
        folder = Path(name)
        runtime = Runtime(server.home, options.base or BASE_FOLDER, "cpu")
        victim = Victim(server.url, runtime)
        owned = victim.live(folder)
        before = belongings(runtime, owned.user)
        thieves, hits = _thieves(server.url, runtime, owned, folder), []
        for thief in thieves:
            thief.try_everything()
            hits += [f"{thief.name}: {hit}" for hit in thief.hits]
        hits += _changes(before, belongings(runtime, owned.user))
        for thief in thieves:
            hits += _copies(runtime, thief, owned)
        for address in owned.addresses:
            if victim.visitor.get(address).status_code != 200:
                hits.append(f"{address} is not there for its owner any more")
    figures = {
        "hits": len(hits),
        "what": dict(Counter(hits)),
        "tries": {thief.name: thief.tries for thief in thieves},
        "identifiers": len(owned.ids),
        "addresses": len(owned.addresses),
        "files": len(owned.files),
        "rows": len(before),
        "seconds": round(time.monotonic() - began, 1),
    }
    names = ", ".join(thief.name for thief in thieves)
    verdict = f"{len(hits)} hits in {sum(thief.tries for thief in thieves)} tries by {names}"
    return Outcome(figures, not hits, verdict)


def _thieves(url: str, runtime: Runtime, owned: Property, folder: Path) -> list[Thief]:
    own = clip(folder / "thief.wav", READERS[1], 0, STATEMENT_SECONDS)
    other = Visitor(url)
    other.open()
    give_consent(other, "Bob", own)
    user = Accounts(runtime).by_token(other.token)
    assert user is not None
    voice = give_voice(runtime, user, zero_shot(runtime, READERS[1]), "Bob's voice")
    other.call("consent_statement", "Bob", "en", "a drill", True)  # one that waits for its reading
    stranger = Visitor(url, language="zh")
    stranger.open()
    bare = without_cookies(Visitor(url))
    bare.fetch_page()
    thieves = [
        Thief("another visitor", other, owned, own),
        Thief("a stranger", stranger, owned, own),
        Thief("somebody without a cookie", bare, owned, own),
    ]
    thieves[0].voice_id = voice.id
    return thieves


def _changes(before: dict[str, str], after: dict[str, str]) -> list[str]:
    """Return what the thieves changed among the victim's rows."""
    return [f"{key} was changed" for key in before | after if before.get(key) != after.get(key)]


def _copies(runtime: Runtime, thief: Thief, owned: Property) -> list[str]:
    """Return what a thief now has that holds the victim's sound."""
    user: User | None = Accounts(runtime).by_token(thief.visitor.token)
    if user is None:
        return []
    texts = belongings(runtime, user).items()
    return [
        f"{thief.name}: {key} holds {each}"
        for key, text in texts
        for each in (*owned.files, owned.ids["voice"])
        if each in text
    ]
