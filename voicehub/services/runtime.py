"""What all services share: the stores, the limits, the base and voices that are ready to speak."""

import threading
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from voicehub.audio.waveform import Waveform
from voicehub.services.keys import Key, KeyKind, KeyRing
from voicehub.settings import CHECKPOINTS, ServiceLimits, home
from voicehub.store.accounts import AccountStore
from voicehub.store.audit import AuditStore
from voicehub.store.challenges import ChallengeStore
from voicehub.store.checks import CheckStore
from voicehub.store.jobs import JobStore
from voicehub.store.keys import KeyStore
from voicehub.store.licences import LicenceStore
from voicehub.store.limits import LimitStore
from voicehub.store.marks import MarkStore
from voicehub.store.outbox import OutboxStore
from voicehub.store.prints import PrintStore
from voicehub.store.pulls import PullStore
from voicehub.store.records import OPERATOR, User, Voice
from voicehub.store.reports import ReportStore
from voicehub.store.samples import SampleStore
from voicehub.store.speeches import SpeechStore
from voicehub.store.store import Store
from voicehub.store.takedowns import TakedownStore
from voicehub.watermark import Marker

if TYPE_CHECKING:  # torch is imported when the base is, so that listing voices stays quick
    from voicehub.model.base import Base
    from voicehub.model.voice import VoiceModel
    from voicehub.services.registered import Registry
    from voicehub.services.verification import StatementVerifier
    from voicehub.synthesis.speak import Speaker

BASE_FOLDER = CHECKPOINTS / "base"
_KEPT_VOICES = 4  # in memory; a merged generator takes about 30 MB


class Runtime:
    """Loads the base once and the last few voices once; safe to share between threads."""

    def __init__(
        self,
        home_folder: Path | None = None,
        base_folder: Path = BASE_FOLDER,
        device: str = "auto",
        limits: ServiceLimits | None = None,
        verifier: "StatementVerifier | None" = None,
    ) -> None:
        """Take where things lie; ``verifier`` stands in for the check of statements."""
        self.home = home() if home_folder is None else home_folder
        self.base_folder, self.device = base_folder, device
        self.limits = limits or ServiceLimits.from_environment()
        self.store = Store(self.home)
        database = self.store.database
        self.accounts, self.challenges = AccountStore(database), ChallengeStore(database)
        self.samples, self.speeches = SampleStore(database), SpeechStore(database)
        self.jobs, self.requests = JobStore(database), LimitStore(database)
        self.checks, self.prints = CheckStore(database), PrintStore(database)
        self.verifier = verifier
        self._registry: Registry | None = None
        self.audit, self.reports = AuditStore(database), ReportStore(database)
        self.takedowns = TakedownStore(database)
        self.marks, self.keys = MarkStore(database), KeyRing(self.home)
        self.outbox, self.pulls = OutboxStore(database), PullStore(database)
        self.api_keys, self.licences = KeyStore(database), LicenceStore(database)
        self._lock = threading.Lock()
        self._working = threading.Lock()
        self._base: Base | None = None
        self._speakers: OrderedDict[str, Speaker] = OrderedDict()

    @property
    def operator(self) -> User:
        """The user as whom the command line acts."""
        return self.accounts.get(OPERATOR)

    @property
    def base(self) -> "Base":
        """The base checkpoint, loaded at first use."""
        from voicehub.model.base import load_base

        with self._lock:
            if self._base is None:
                self._base = load_base(self.base_folder, self.device)
            return self._base

    @property
    def registry(self) -> "Registry":
        """Everybody's voiceprints, read at first use."""
        from voicehub.services.registered import Registry

        with self._lock:
            if self._registry is None:
                self._registry = Registry(self.prints)
            return self._registry

    def rotate_key(self, kind: KeyKind) -> Key:
        """Make a new key the current one, which the audit log tells; as `KeyRing.rotate`."""
        key = self.keys.rotate(kind)
        self.audit.record("key.rotated", OPERATOR, key.id, {"kind": kind})
        return key

    def speaker(self, voice: Voice) -> "Speaker":
        """Return ``voice`` ready to speak; for the speech service alone, which checks consent."""
        from voicehub.model.voice import load_voice
        from voicehub.synthesis.speak import Speaker

        base = self.base
        with self._lock:
            speaker = self._speakers.pop(voice.sha256, None)
            if speaker is None:
                speaker = Speaker(base, load_voice(self.home / voice.folder, base))
            self._speakers[voice.sha256] = speaker
            while len(self._speakers) > _KEPT_VOICES:
                self._speakers.popitem(last=False)
        return speaker

    def model(self, voice: Voice) -> "VoiceModel":
        """Return the weights of ``voice``; for services that check consent, as `speaker`."""
        return self.speaker(voice).voice

    @staticmethod
    def marker(key: Key) -> Marker:
        """Return what marks speech with ``key`` and finds such marks."""
        return _marker(key.secret)

    def bears_our_mark(self, waveform: Waveform) -> bool:
        """Return whether a mark of this installation is read in ``waveform``, under any of its keys."""
        found = (self.marker(key).detect(waveform) for key in self.keys.keys("watermark"))
        return any(mark is not None and mark.exact for mark in found)

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait for and hold the processor: two networks at once take over twice as long."""
        with self._working:
            yield


@lru_cache(maxsize=8)
def _marker(secret: bytes) -> Marker:
    return Marker(secret)
