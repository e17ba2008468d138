"""The visitor whose things the sweep tries to get at, and all that is theirs."""

import hashlib
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from drills.outcome import DrillError
from drills.people import STATEMENT_SECONDS, give_consent, give_sample
from drills.recordings import READERS, clip
from drills.visitor import Visitor
from voicehub.services.accounts import Accounts
from voicehub.services.runtime import Runtime
from voicehub.store.records import User

OWNER, VOICE, TEXT = "Aurelia Quillfeather", "Nightjar Lullaby", "The blue heron sleeps at noon."
_FILE = "quillfeather-diary.wav"
_SAMPLE_SECONDS = 10.0
_LONGEST_SECONDS = 900.0
_MANY = 10_000


@dataclass
class Property:
    """What belongs to one visitor: identifiers by kind, words, addresses, files."""

    user: User
    home: str
    session: str  # of the page
    ids: dict[str, str] = field(default_factory=dict)
    addresses: list[str] = field(default_factory=list)  # under `/files`
    uploads: list[str] = field(default_factory=list)  # paths in Gradio's cache
    files: dict[str, Path] = field(default_factory=dict)  # hash and where it lies
    words: tuple[str, ...] = (OWNER, VOICE, TEXT, _FILE.removesuffix(".wav"))

    @property
    def paths(self) -> list[str]:
        """Where every file lies, with those of the installation that hold all visitors' things."""
        own = [str(path) for path in self.files.values()]
        return [*own, *self.uploads, f"{self.home}/voicehub.db", f"{self.home}/salt"]

    @property
    def typical(self) -> list[str]:
        """One path of each folder of the installation and each format."""

        def kind(path: str) -> tuple[str, str]:
            return path.removeprefix(self.home).split("/")[1], Path(path).suffix

        return list({kind(path): path for path in self.paths}.values())


class Victim:
    """Does everything that leaves something behind."""

    def __init__(self, url: str, runtime: Runtime) -> None:
        self.runtime = runtime
        self.visitor = Visitor(url)
        self.visitor.open()

    def live(self, folder: Path) -> Property:
        """Agree, give samples, make a voice, speak, convert, and return what all that left."""
        statement = clip(folder / "quillfeather-statement.wav", READERS[0], 0, STATEMENT_SECONDS)
        diary = clip(folder / _FILE, READERS[0], 1, _SAMPLE_SECONDS)
        visitor = self.visitor
        give_consent(visitor, OWNER, statement)
        give_sample(visitor, diary)
        user = Accounts(self.runtime).by_token(visitor.token)
        assert user is not None
        self.owned = Property(user, str(self.runtime.home), visitor.session)
        visitor.call("preview")
        self._end("preview")
        visitor.call("clone", VOICE)
        self._wait(lambda: self.runtime.store.voices(user.id), "voice")
        visitor.call("stop_clone")
        self._end("clone")
        voice = self.runtime.store.voices(user.id)[0]
        visitor.call("speak", voice.id, TEXT, 1.0, 0, "wav")
        self._end("speak")
        visitor.call("convert", voice.id, visitor.upload(diary), 0)
        self._end("convert")
        for path in (statement, diary):
            self.owned.uploads.append(str(visitor.upload(path)["path"]))
        self._list(voice.id)
        for address in self.owned.addresses:  # each is there for its owner
            visitor.get(address).raise_for_status()
        self._hash()
        return self.owned

    def _end(self, kind: str) -> None:
        """Wait until the newest job of a kind has ended, and remember what it made."""

        def ended() -> Any:
            jobs = self.runtime.jobs.of_user(self.owned.user.id)
            return next((job for job in jobs if job.kind == kind and not job.active), None)

        job = self._wait(ended, kind)
        if job.state == "failed":
            raise DrillError(f"the {kind} failed: {job.error}")
        self.owned.ids[f"{kind} job"] = job.id
        for path in sorted((self.runtime.home / "jobs" / job.id).glob("*.*")):
            self.owned.addresses.append(f"/files/job/{job.id}/{path.name}")

    def _list(self, voice_id: str) -> None:
        user, ids, runtime = self.owned.user, self.owned.ids, self.runtime
        sample, speech = runtime.samples.of_user(user.id)[0], runtime.speeches.of_user(user.id)[0]
        consent = runtime.store.consents(user.id)[0]
        ids |= {
            "voice": voice_id, "sample": sample.id, "speech": speech.id, "consent": consent.id,
            "checkpoint": runtime.store.checkpoints.of_voice(voice_id)[0].id, "user": user.id,
            "challenge": consent.challenge_id or "",
        }  # fmt: skip
        self.owned.addresses += [
            f"/files/sample/{sample.id}", f"/files/picture/{sample.id}?lang=en",
            f"/files/speech/{speech.id}", f"/files/speech/{speech.id}?format=mp3&download=1",
            f"/files/export/{voice_id}",
        ]  # fmt: skip

    def _hash(self) -> None:
        """Remember the hash of every file of the victim's, wherever the installation keeps it."""
        home = self.runtime.home
        lie = [path for path in home.rglob("*") if path.is_file() and path.parent != home]
        for path in [*lie, *map(Path, self.owned.uploads)]:
            content = path.read_bytes()
            if content:
                self.owned.files[hashlib.sha256(content).hexdigest()] = path

    def _wait(self, reached: Any, what: str) -> Any:
        until = time.monotonic() + _LONGEST_SECONDS
        while not (answer := reached()):
            if time.monotonic() > until:
                raise DrillError(f"the {what} of the victim did not come")
            time.sleep(0.2)
        return answer


def belongings(runtime: Runtime, user: User) -> dict[str, str]:
    """Return every row of a user's, by kind and identifier; `job` ones with all that happened."""
    found: list[tuple[str, Any]] = [("user", runtime.accounts.get(user.id))]
    found += [("consent", each) for each in runtime.store.consents(user.id)]
    found += [("sample", each) for each in runtime.samples.of_user(user.id)]
    found += [("speech", each) for each in runtime.speeches.of_user(user.id, _MANY)]
    for voice in runtime.store.voices(user.id):
        found.append(("voice", voice))
        found += [("checkpoint", each) for each in runtime.store.checkpoints.of_voice(voice.id)]
    for job in runtime.jobs.of_user(user.id, _MANY):
        found.append(("job", job))
        found += [("event", each) for each in runtime.jobs.events(job.id, user.id)]
    return {f"{kind} {record.id}": repr(record) for kind, record in found}
