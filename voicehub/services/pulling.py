"""Taking in voices from a hub: nothing of them is believed before it is checked."""

import shutil
import time
from pathlib import Path
from typing import Any

from voicehub.errors import CheckpointError, InputError, VoiceHubError
from voicehub.hub.parcel import (
    CONSENT,
    DESCRIPTION,
    PULLED,
    WEIGHTS,
    Manifest,
    check_consent,
    check_files,
    checked_repo,
    file_hash,
    read_manifest,
)
from voicehub.hub.shelf import patiently
from voicehub.services.names import checked_name
from voicehub.services.removal import remove_consent
from voicehub.services.runtime import Runtime
from voicehub.services.shelves import OWN_REGISTRY, shelf_at, shown
from voicehub.services.storage import made
from voicehub.store.hub_records import Pull
from voicehub.store.records import Consent, User, Voice, VoiceKind
from voicehub.store.rows import new_id, now

_TRIES = 4  # to fetch: somebody waits for it


class PullService:
    """Voices from a hub or a registry."""

    def __init__(self, runtime: Runtime) -> None:
        self.runtime, self.pulls = runtime, runtime.pulls

    def pull(
        self,
        user: User,
        repo: str,
        address: str = OWN_REGISTRY,
        revision: str | None = None,
        name: str | None = None,
        accept_key: bool = False,
    ) -> Voice:
        """Return a voice from a hub, checked: hashes, shapes, base, consent hash, signature, key.

        Only safetensors and JSON are taken. The voice stands on the publisher's licence, lasts as
        long as it is offered there, and cannot be published again.
        """
        checked_repo(repo)
        partial = made(self.runtime.home / "voices" / f".{new_id()}.part")
        try:
            shelf = shelf_at(self.runtime, address)
            found = patiently(
                lambda: shelf.fetch(repo, revision, PULLED, partial),
                lambda: False,
                time.sleep,
                _TRIES,
            )
            manifest = read_manifest(partial)
            self._check_once(user, address, repo, manifest)
            self._check_key(address, repo, manifest, accept_key)
            proof, kind = self._check_content(partial, manifest)
            for each in partial.iterdir():
                if each.name not in PULLED:  # what the client notes of its downloads
                    shutil.rmtree(each, ignore_errors=True)
            return self._keep(user, address, repo, found, manifest, proof, kind, name, partial)
        finally:
            shutil.rmtree(partial, ignore_errors=True)

    def check_pulled(self) -> list[str]:
        """Remove pulled voices that are no longer offered; return the repositories that are gone.

        A hub that does not answer proves nothing: its voices stay until it does.
        """
        gone = []
        for pull in self.pulls.here():
            try:
                if shelf_at(self.runtime, pull.endpoint).is_there(pull.repo):
                    continue
            except VoiceHubError:
                continue
            consent = self.runtime.store.consent(pull.consent_id)
            remove_consent(self.runtime, consent.user_id, consent)
            gone.append(pull.repo)
        return gone

    def _check_once(self, user: User, address: str, repo: str, manifest: Manifest) -> None:
        for pull in self.pulls.here():
            if (pull.endpoint, pull.repo) != (address, repo):
                continue
            if self.runtime.store.consent(pull.consent_id).user_id == user.id:
                same = pull.manifest_sha256 == manifest.sha256
                state = "in this version" if same else "in an earlier version; delete it first"
                raise InputError(f"{repo} is here already, {state}")

    def _check_key(self, address: str, repo: str, manifest: Manifest, accept: bool) -> None:
        """Take the first key of an owner on trust, and another one only where that is said."""
        owner = repo.split("/")[0]
        known = self.pulls.trusted_keys(address, owner)
        if known and manifest.public_key not in known and not accept:
            raise CheckpointError(
                f"{repo} is signed with the key {manifest.public_key[:16]}…, and {owner} signed with "
                f"{known[-1][:16]}… before; ask {owner}, and accept the new key if it is theirs"
            )

    def _check_content(self, folder: Path, manifest: Manifest) -> tuple[dict[str, Any], VoiceKind]:
        """Check everything before anything is kept; return the proof of consent and the kind."""
        from voicehub.model.voice import load_voice

        check_files(folder, manifest, [WEIGHTS, DESCRIPTION, CONSENT])
        proof = check_consent(folder, manifest)
        base = self.runtime.base
        if manifest.base_id != base.id:
            raise CheckpointError(
                f"this voice was made for the base checkpoint {manifest.base_id}, here is {base.id}"
            )
        model = load_voice(folder, base)
        if not model.adapter:
            return proof, "zero-shot"
        return proof, "adapter" if any(key.endswith("/a") for key in model.adapter) else "full"

    def _keep(
        self,
        user: User,
        address: str,
        repo: str,
        revision: str,
        manifest: Manifest,
        proof: dict[str, Any],
        kind: VoiceKind,
        name: str | None,
        partial: Path,
    ) -> Voice:
        voice_id, shelf = new_id(), shown(address)
        attribution = (
            f"pulled from {shelf} {repo} at {revision[:12]}, consent hash {manifest.consent_sha256}, "
            f"signed by {manifest.public_key[:16]}; {manifest.licence['scope']}"
        )
        consent = Consent(
            new_id(), "corpus-licence", now(), licence=manifest.licence["name"][:200],
            attribution=attribution[:2000], user_id=user.id, state="licensed",
            verification={
                "verdict": "pulled", "shelf": shelf, "repo": repo, "revision": revision,
                "consent_sha256": manifest.consent_sha256, "public_key": manifest.public_key,
                "proof": proof,
            },
        )  # fmt: skip
        folder = f"voices/{voice_id}/1"
        voice = Voice(
            voice_id, checked_name(name or manifest.name), now(), kind, manifest.base_id,
            folder, file_hash(partial / WEIGHTS), consent.id, {"pulled_version": manifest.version},
            user.id, user.expires,
        )  # fmt: skip
        pull = Pull(
            consent.id, voice_id, address, repo, revision, manifest.voice_id,
            manifest.consent_sha256, manifest.sha256, manifest.public_key, now(),
        )  # fmt: skip
        target = self.runtime.home / folder
        made(target.parent)
        self.pulls.add(pull, consent, voice, lambda: _place(partial, target))
        self.pulls.trust(address, repo.split("/")[0], manifest.public_key)
        return voice


def _place(partial: Path, target: Path) -> None:
    partial.rename(target)
