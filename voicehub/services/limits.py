"""What a visitor may ask: requests a minute, jobs at once, and room on the disk."""

import hashlib
import secrets
from pathlib import Path

from voicehub.errors import LimitError
from voicehub.services.runtime import Runtime
from voicehub.services.storage import storage_bytes
from voicehub.store.records import Places, User

_MINUTE, _HOUR, _MB = 60.0, 3600.0, 2**20
_DAY = 86_400.0
_REQUEST, _GUEST, _LOGIN = "request", "guest", "login"
_REPORT, _TAKEOUT = "report", "takeout"


class Limits:
    """Refuses what goes beyond the settings, in a sentence that says what is allowed."""

    def __init__(self, runtime: Runtime) -> None:
        self.runtime, self.numbers = runtime, runtime.limits
        self.requests = runtime.requests

    def check(self, user: User, address: str, kind: str = _REQUEST) -> None:
        """Count a request of ``kind``; raise ``LimitError`` where too many came in a minute."""
        numbers = self.numbers
        allowed = numbers.user_requests_a_minute
        if not self.requests.take(kind, _MINUTE, allowed, user_id=user.id):
            raise LimitError(f"too many requests: {allowed} a minute are allowed, wait a moment")
        self.check_address(address, kind)

    def check_address(self, address: str, kind: str = _REQUEST) -> None:
        """Count a request of nobody in particular; raise ``LimitError`` as `check` does."""
        allowed = self.numbers.address_requests_a_minute
        if address and not self.requests.take(
            kind, _MINUTE, allowed, address_sha256=self._hashed(address)
        ):
            raise LimitError(
                f"too many requests from your network: {allowed} a minute are allowed, "
                "wait a moment"
            )

    def check_newcomer(self, address: str) -> None:
        """Count a new guest; raise ``LimitError`` where too many came from one address."""
        allowed = self.numbers.address_guests_an_hour
        if address and not self.requests.take(
            _GUEST, _HOUR, allowed, address_sha256=self._hashed(address)
        ):
            raise LimitError(
                f"too many new visitors from your network: {allowed} an hour are allowed, "
                "log in or come back later"
            )

    def check_login(self, name: str, address: str = "") -> None:
        """Count a try to log in; raise ``LimitError`` where too many failed of late.

        Tries are counted by name, and by address: many names from one place are a search too.
        """
        numbers = self.numbers
        self._check_address(
            "login from", address, numbers.address_logins_an_hour, "tries to log in"
        )
        key = self._hashed(name.casefold())
        seconds = numbers.login_minutes * _MINUTE
        if not self.requests.take(_LOGIN, seconds, numbers.login_attempts, address_sha256=key):
            raise LimitError(
                f"too many tries to log in as {name!r}: {numbers.login_attempts} in "
                f"{numbers.login_minutes:g} minutes are allowed, wait and try again"
            )

    def forget_logins(self, name: str) -> None:
        """Forget wrong passwords after the right one."""
        self.requests.clear(_LOGIN, self._hashed(name.casefold()))

    @property
    def places(self) -> Places:
        """How many jobs may wait or run at once; `JobStore.submit` holds them to it."""
        return Places(self.numbers.max_user_jobs, self.numbers.max_queue)

    def check_report(self, address: str) -> None:
        """Count a report; raise ``LimitError`` where too many came from one address."""
        self._check_address(_REPORT, address, self.numbers.address_reports_an_hour, "reports")

    def check_takeout(self, user: User) -> None:
        """Count an archive of all that is a user's, which takes long to write."""
        allowed = self.numbers.user_takeouts_a_day
        if not self.requests.take(_TAKEOUT, _DAY, allowed, user_id=user.id):
            raise LimitError(f"{allowed} archives a day are allowed; come back tomorrow")

    def pseudonym(self, text: str) -> str:
        """Return what stands for a name or an address in the audit log."""
        return self._hashed(text.casefold())

    def check_room(self, user: User, more_bytes: int = 0) -> None:
        """Raise ``LimitError`` where the user's files, with ``more_bytes``, take too much room."""
        guest = user.kind == "guest"
        allowed = self.numbers.max_guest_mb if guest else self.numbers.max_user_mb
        used = storage_bytes(self.runtime, user)
        if used + more_bytes > allowed * _MB:
            raise LimitError(
                f"your files take {used / _MB:.0f} MB and {allowed} MB are allowed; "
                "delete recordings, speech or voices that are no longer needed"
            )

    def _check_address(self, kind: str, address: str, allowed: int, what: str) -> None:
        if address and not self.requests.take(
            kind, _HOUR, allowed, address_sha256=self._hashed(address)
        ):
            raise LimitError(
                f"too many {what} from your network: {allowed} an hour are allowed, come back later"
            )

    def _hashed(self, text: str) -> str:
        return salted_sha256(self.runtime, text)


def salted_sha256(runtime: Runtime, text: str) -> str:
    """Return what is kept of an address or a name: nobody finds it again without the salt."""
    salt = _salt(runtime.home / "salt")
    return hashlib.sha256(salt + text.encode("utf-8", "replace")).hexdigest()


def _salt(path: Path) -> bytes:
    """Return this installation's salt, made at first use."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        partial = path.with_name(f".{secrets.token_hex(8)}.part")
        partial.write_bytes(secrets.token_bytes(32))
        partial.chmod(0o600)
        try:
            path.hardlink_to(partial)  # only one of several that do this at once
        except FileExistsError:
            pass
        finally:
            partial.unlink()
        return path.read_bytes()
