"""The Hugging Face Hub as a shelf: every step is safe to take twice, and truth is what lies there."""

import hashlib
import tempfile
from collections.abc import Mapping
from pathlib import Path

from huggingface_hub import CommitOperationAdd, CommitOperationDelete, HfApi, hf_hub_download
from huggingface_hub.errors import GatedRepoError, RepositoryNotFoundError
from huggingface_hub.hf_api import ModelInfo

from voicehub.errors import HubBusyError, HubError, InputError, NotFoundError
from voicehub.hub.client import NO_TOKEN, client, in_words
from voicehub.hub.parcel import MANIFEST, checked_repo, file_hash, files_of, read_json
from voicehub.hub.shelf import Shipment

_TIMEOUT_SECONDS = 60.0  # for one answer; the client's own default is to wait for ever
_OURS = ".gitattributes"  # what the Hub adds by itself


class HubShelf:
    """Repositories of models at one address; without a token only what is public can be fetched."""

    def __init__(self, address: str, secret: str | None, timeout: float = _TIMEOUT_SECONDS) -> None:
        self.address, self._secret = address, secret
        self.api: HfApi = client(address, secret)
        self.timeout = timeout

    def put(self, shipment: Shipment) -> str:
        """Make the repository hold exactly the parcel; one commit at most comes of it.

        What lies there is compared first, so that an upload whose answer was lost is seen and not
        made again. A commit names its parent: of two only one is taken.
        """
        if self._secret is None:
            raise HubError(NO_TOKEN)
        repo = checked_repo(shipment.repo)
        with in_words(repo, self.timeout):
            self.api.create_repo(repo, private=True, exist_ok=True)
            head = self._head(repo)
            if self._holds_other(head, repo, shipment.voice_id):
                raise InputError(f"{repo} holds something else; choose another name")
            if shipment.visibility == "private" and not head.private:
                self.api.update_repo_settings(repo, private=True)
            if _differences(head, shipment.folder):
                self._commit(head, shipment)
                head = self._head(repo)
                if _differences(head, shipment.folder):
                    raise HubBusyError(f"{repo} does not hold what was sent yet")
            self._tag(repo, shipment.tag, str(head.sha))
            if shipment.visibility == "gated":
                self._open_gated(repo, head)
        return str(head.sha)

    def fetch(self, repo: str, revision: str | None, names: Mapping[str, int], into: Path) -> str:
        """Download named files of one revision; nothing larger than is allowed for."""
        with in_words(repo, self.timeout):
            info = self.api.model_info(checked_repo(repo), revision=revision, files_metadata=True)
            sizes = {each.rfilename: each.size or 0 for each in info.siblings or []}
            for name, most in names.items():
                if name not in sizes:
                    raise NotFoundError(f"{repo} holds no {name}: it is not a voice of VoiceHub")
                if sizes[name] > most:
                    raise InputError(f"{name} has {sizes[name]} bytes, at most {most} are taken")
            for name in names:
                hf_hub_download(
                    repo, name, revision=info.sha, local_dir=into, endpoint=self.address,
                    token=self._secret or False,
                )  # fmt: skip
        return str(info.sha)

    def is_there(self, repo: str) -> bool:
        """Return whether the repository is offered to this token.

        Raises ``HubError`` where that cannot be told: "not found" is also said to who may not see.
        """
        with in_words(repo, self.timeout):
            try:
                self.api.model_info(repo)
            except GatedRepoError:
                return False
            except RepositoryNotFoundError:
                if self._secret is None:
                    raise HubError(NO_TOKEN) from None
                self.api.whoami()  # a token that has ended proves nothing
                return False
        return True

    def erase(self, repo: str, voice_id: str) -> None:
        """Erase large files from the whole history, then the repository; check that it is gone.

        A repository that holds something else than this voice is left alone.
        """
        if self._secret is None:
            raise HubError(NO_TOKEN)
        with in_words(repo, self.timeout):
            self._check_reach(repo)
            try:
                if self._holds_other(self._head(repo), repo, voice_id):
                    return
                large = list(self.api.list_lfs_files(repo))
                if large:
                    self.api.permanently_delete_lfs_files(repo, large, rewrite_history=True)
            except RepositoryNotFoundError:
                return
            self.api.delete_repo(repo, missing_ok=True)
            if self.api.repo_exists(repo):
                raise HubBusyError(f"{repo} is still there")

    def _head(self, repo: str) -> ModelInfo:
        return self.api.model_info(repo, files_metadata=True)

    def _holds_other(self, head: ModelInfo, repo: str, voice_id: str) -> bool:
        """Return whether a repository holds something else: what is done to it would remove that."""
        names = {each.rfilename for each in head.siblings or []} - {_OURS}
        if MANIFEST not in names:
            return bool(names)
        with tempfile.TemporaryDirectory() as folder:
            path = hf_hub_download(
                repo, MANIFEST, revision=head.sha, endpoint=self.address, token=self._secret,
                local_dir=folder,
            )  # fmt: skip
            return bool(read_json(Path(path)).get("voice_id") != voice_id)

    def _commit(self, head: ModelInfo, shipment: Shipment) -> None:
        operations: list[CommitOperationAdd | CommitOperationDelete] = [
            CommitOperationAdd(name, shipment.folder / name)
            if (shipment.folder / name).is_file()
            else CommitOperationDelete(name)
            for name in _differences(head, shipment.folder)
        ]
        self.api.create_commit(
            shipment.repo, operations, commit_message=shipment.message, parent_commit=head.sha,
            num_threads=1,
        )  # fmt: skip

    def _tag(self, repo: str, tag: str, revision: str) -> None:
        tags = {each.name: each.target_commit for each in self.api.list_repo_refs(repo).tags}
        if tags.get(tag) == revision:
            return
        if tag in tags:
            self.api.delete_tag(repo, tag=tag)
        self.api.create_tag(repo, tag=tag, revision=revision, exist_ok=True)

    def _open_gated(self, repo: str, head: ModelInfo) -> None:
        """Let everybody see the card and ask for access; never open before it is gated."""
        if head.gated != "manual":
            self.api.update_repo_settings(repo, gated="manual")
        if head.private:
            self.api.update_repo_settings(repo, private=False)

    def _check_reach(self, repo: str) -> None:
        """Raise unless the token reaches the owner: else "not found" could mean "not shown"."""
        who = self.api.whoami()
        names = {who["name"], *(each["name"] for each in who.get("orgs", []))}
        owner = repo.split("/")[0]
        if owner not in names:
            raise HubError(f"the token of {who['name']} does not reach the repositories of {owner}")


def _differences(head: ModelInfo, folder: Path) -> list[str]:
    """Return the names of files that differ between a repository and a folder, on either side."""
    there = {each.rfilename: each for each in head.siblings or [] if each.rfilename != _OURS}
    found = sorted(set(there) - set(files_of(folder)))
    for name in files_of(folder):
        remote = there.get(name)
        if remote is None:
            found.append(name)
        elif remote.lfs is not None:
            if remote.lfs.sha256 != file_hash(folder / name):
                found.append(name)
        elif remote.blob_id != _git_hash(folder / name):
            found.append(name)
    return found


def _git_hash(path: Path) -> str:
    """Return the name that git gives to a file's content."""
    data = path.read_bytes()
    return hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()
