"""The registry on the own disk: the same signed parcels, for who has no hub or no token."""

import os
import secrets
import shutil
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from voicehub.errors import HubError, InputError, NotFoundError
from voicehub.hub.parcel import checked_repo, read_manifest
from voicehub.hub.shelf import Shipment


class Registry:
    """Folders ``OWNER/NAME/REVISION`` and a file ``HEAD`` that names the revision in use.

    A revision is the hash of the signed manifest. The folder can be carried to another machine.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def put(self, shipment: Shipment) -> str:
        """Copy the parcel into its place, all of it or nothing; earlier versions go."""
        place = self._place(shipment.repo)
        held = self._head(shipment.repo)
        if held is not None and read_manifest(place / held).voice_id != shipment.voice_id:
            raise InputError(f"{shipment.repo} holds another voice; choose another name")
        revision = read_manifest(shipment.folder).sha256[:40]
        if held == revision:
            return revision
        place.mkdir(parents=True, exist_ok=True, mode=0o700)
        partial = place / f".{secrets.token_hex(8)}.part"
        try:
            shutil.copytree(shipment.folder, partial)
            shutil.rmtree(place / revision, ignore_errors=True)
            os.replace(partial, place / revision)
        finally:
            shutil.rmtree(partial, ignore_errors=True)
        head = place / f".{secrets.token_hex(8)}.head"
        head.write_text(revision + "\n", encoding="utf-8")
        os.replace(head, place / "HEAD")
        for other in place.iterdir():
            if other.is_dir() and other.name != revision:
                shutil.rmtree(other, ignore_errors=True)
        return revision

    def fetch(self, repo: str, revision: str | None, names: Mapping[str, int], into: Path) -> str:
        """Copy named files of a parcel into a folder."""
        place, head = self._place(repo), self._head(repo)
        if head is None:
            raise NotFoundError(f"there is no {repo} in {self.folder}")
        if revision is not None and revision != head:
            raise NotFoundError(f"{repo} has no revision {revision!r} any more")
        into.mkdir(parents=True, exist_ok=True, mode=0o700)
        for name, most in names.items():
            source = place / head / name
            if not source.is_file() or source.is_symlink():
                raise NotFoundError(f"{repo} holds no {name}")
            if source.stat().st_size > most:
                raise InputError(
                    f"{name} has {source.stat().st_size} bytes, at most {most} are taken"
                )
            shutil.copyfile(source, into / name)
        return head

    def is_there(self, repo: str) -> bool:
        """Return whether there is a parcel of this name."""
        return self._head(repo) is not None

    def erase(self, repo: str, voice_id: str) -> None:
        """Remove the parcel of a voice; another's is left alone."""
        place, held = self._place(repo), self._head(repo)
        if held is not None and read_manifest(place / held).voice_id != voice_id:
            return
        shutil.rmtree(place, ignore_errors=True)
        if place.exists():
            raise HubError(f"{place} cannot be removed")
        with suppress(OSError):  # the owner has other parcels
            place.parent.rmdir()

    def _head(self, repo: str) -> str | None:
        try:
            return (self._place(repo) / "HEAD").read_text(encoding="utf-8").strip()
        except (FileNotFoundError, NotADirectoryError):
            return None

    def _place(self, repo: str) -> Path:
        return self.folder / checked_repo(repo)
