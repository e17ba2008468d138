"""Removing voices, consents and users with all files that came of them; first the rows, then files.

The rows go in one transaction, after which nothing new starts and what runs is told to stop.
"""

import itertools
from collections.abc import Sequence

from voicehub.services.receipts import Receipt, Remover
from voicehub.services.runtime import Runtime
from voicehub.services.storage import beside, work_folder
from voicehub.store.records import Consent, Job, Sample, Speech, Voice

_ALL = 10_000  # jobs of one user that are looked through


def remove_voice(runtime: Runtime, voice: Voice) -> Receipt:
    """Delete a voice with its versions and its speech; its consent stays."""
    gone = runtime.store.delete_voice(voice.id, revoke=False)
    remover = Remover(runtime.home)
    _remove_work(runtime, [voice], remover)
    remove_files_of_voices(runtime, voice.owner_id, gone, remover)
    return remover.receipt("delete", [voice], [voice.consent_id])


def remove_consent(runtime: Runtime, user_id: str, consent: Consent) -> Receipt:
    """Revoke a consent and remove all that was made under it, its statement and its recordings.

    A recording stays that another consent of the user's, which holds, was compared with.
    """
    voices = [v for v in runtime.store.voices(user_id) if v.consent_id == consent.id]
    gone = runtime.store.revoke_consent(consent.id, user_id)
    remover = Remover(runtime.home)
    _remove_work(runtime, voices, remover)
    remove_files_of_voices(runtime, user_id, gone, remover)
    for job in runtime.jobs.of_user(user_id, _ALL):
        if job.consent_id == consent.id:
            remove_files_of_job(job.id, remover)
    if consent.statement_path:
        remove_all_of(runtime, "statement", consent.statement_path, remover)
    for sample in _samples_under(runtime, user_id, consent):
        runtime.samples.remove(sample.id, user_id)
        remove_all_of(runtime, "recording", sample.path, remover)
    return remover.receipt("revoke", [v for v in voices if v.id in gone], [consent.id])


def _remove_work(runtime: Runtime, voices: Sequence[Voice], remover: Remover) -> None:
    """Remove what an interrupted tuning on the command line left of voices."""
    for voice, full in itertools.product(voices, (False, True)):
        hashes = [each.sha256 for each in runtime.store.recordings(voice.id)]
        folder = work_folder(runtime, voice.name, hashes, voice.base_id, full)
        if folder.exists():
            remover.remove("unfinished voice", str(folder.relative_to(runtime.home)))


def _samples_under(runtime: Runtime, user_id: str, consent: Consent) -> list[Sample]:
    """Return a user's recordings that were compared with a consent, and with no other that holds."""

    def compared(consent_id: str) -> set[str]:
        return {check.sha256 for check in runtime.checks.of_consent(consent_id)}

    others = [each for each in runtime.store.consents(user_id) if each.revoked is None]
    kept = set().union(*(compared(each.id) for each in others if each.id != consent.id))
    gone = compared(consent.id) - kept
    return [each for each in runtime.samples.of_user(user_id) if each.sha256 in gone]


def remove_user(runtime: Runtime, user_id: str) -> Receipt:
    """Erase a user with all that is theirs."""
    kept = [consent.id for consent in runtime.store.consents(user_id)]
    voices = runtime.store.voices(user_id)
    erased = runtime.accounts.erase(user_id)
    remover = Remover(runtime.home)
    remover.remove("export", f"exports/{user_id}.zip")
    remove_files_of_voices(runtime, user_id, erased.voices, remover)  # also what licensees made
    for kind, paths in (("recording", erased.samples), ("speech", erased.speeches)):
        for path in paths:
            remove_all_of(runtime, kind, path, remover)
    for path in erased.statements:
        remove_all_of(runtime, "statement", path, remover)
    for job_id in erased.jobs:
        remove_files_of_job(job_id, remover)
    return remover.receipt("account", voices, kept)


def remove_files_of_voices(
    runtime: Runtime, user_id: str, voice_ids: Sequence[str], remover: Remover
) -> None:
    """Remove what lies on the disk of voices that are out of use, and stop what makes them."""
    others = [each for voice_id in voice_ids for each in runtime.licences.holders(voice_id)]
    jobs = [job for each in (user_id, *others) for job in runtime.jobs.of_user(each, _ALL)]
    for job in jobs:
        if made_voice(job) in voice_ids:
            if job.active:
                runtime.jobs.cancel(job.id, job.user_id)
            remove_files_of_job(job.id, remover)
            remover.remove("unfinished voice", f"work/jobs/{job.config.get('work', job.id)}")
            runtime.jobs.forget(job.id)  # names and texts
    for voice_id in voice_ids:
        remover.remove("voice", f"voices/{voice_id}")
        remover.remove("upload", f"outbox/{voice_id}")
        remover.remove("export", f"exports/{voice_id}.zip")
        for speech in runtime.speeches.of_voice(voice_id):
            remove_speech(runtime, speech, remover)


def made_voice(job: Job) -> str | None:
    """Return the voice that a job uses or makes: a clone knows it before there is one."""
    named = job.voice_id or job.config.get("voice_id") or (job.result or {}).get("voice_id")
    return str(named) if named else None


def remove_speech(runtime: Runtime, speech: Speech, remover: Remover) -> None:
    """Take speech out of its owner's history, with its files and those of its job."""
    runtime.speeches.remove(speech.id, speech.user_id)
    remove_all_of(runtime, "speech", speech.path, remover)
    if speech.job_id:
        remove_files_of_job(speech.job_id, remover)
        runtime.jobs.forget(speech.job_id)  # the text stands in it too


def remove_all_of(runtime: Runtime, kind: str, path: str, remover: Remover) -> None:
    """Remove a file and what was made of it."""
    for each in beside(runtime.home / path) if path else []:
        remover.remove(kind, str(each.relative_to(runtime.home)))


def remove_files_of_job(job_id: str, remover: Remover) -> None:
    """Remove what a job made."""
    remover.remove("job", f"jobs/{job_id}")
