"""The job that makes a voice: tuned in steps, scored, heard and kept at each checkpoint."""

import shutil
from collections.abc import Sequence
from typing import Any

from voicehub.audio.files import read_audio
from voicehub.audio.waveform import Waveform
from voicehub.evaluation.likeness import Likeness
from voicehub.jobs import Context
from voicehub.services.ownership import valid_consent
from voicehub.services.runtime import Runtime
from voicehub.services.speech import SpeechService
from voicehub.services.storage import job_folder, made
from voicehub.services.versions import VersionKeeper
from voicehub.services.voiceprints import Comparison
from voicehub.store.records import Checkpoint, Recording, Voice
from voicehub.store.rows import now
from voicehub.training.finetune import CloneOptions, CloneResult, Score, Watch, clone_voice

SAMPLE_SENTENCES = {
    "en": "This is my voice, as a computer has learned it so far.",
    "zh": "这是电脑目前学会的我的声音。",
}
_SHARE = (0.02, 0.98)  # of the job that is tuning: what lies around it is quick
# An earlier run's best counts against this run's only where it is clearly better, as the
# discriminators trade a little of the score for crispness.
_CLEARLY_BETTER = 0.97


def clone(runtime: Runtime, context: Context) -> dict[str, Any]:
    """Make a voice, or a new version of one, from recordings under a consent that holds."""
    job, config = context.job, context.job.config
    consent = valid_consent(runtime.store, job.consent_id or "", job.user_id)
    samples = [runtime.samples.get(each, job.user_id) for each in config["sample_ids"]]
    Comparison(runtime).require(consent, samples)
    owner = runtime.accounts.get(job.user_id)
    draft = Voice(
        config["voice_id"], config["name"], now(), "adapter", runtime.base.id, "", "",
        consent.id, owner_id=job.user_id, expires=owner.expires,
    )  # fmt: skip
    recordings = [Recording(each.sha256, each.seconds, each.quality) for each in samples]
    waveforms = [read_audio(runtime.home / each.path) for each in samples]
    versions = VersionKeeper(runtime, draft, recordings, config["work"])
    options = CloneOptions(steps=config["steps"], seconds=config.get("seconds"))
    return Cloning(runtime, context, versions).run(waveforms, options, config["language"])


class Cloning:
    """One run of a tuning; what an earlier run of it has kept and told is not done again."""

    def __init__(
        self,
        runtime: Runtime,
        context: Context,
        versions: VersionKeeper,
        share: tuple[float, float] = _SHARE,
    ) -> None:
        self.runtime, self.context, self.versions = runtime, context, versions
        self.begin, self.end = share
        events = runtime.jobs.events(context.job.id, context.job.user_id)
        self.stages = {each.data["name"] for each in events if each.kind == "stage"}
        self.told = {(each.kind, each.data.get("step")) for each in events}
        self.speech = SpeechService(runtime, context.job.user_id)
        self.work = made(runtime.home / "work" / "jobs" / versions.run)
        self.new = self.versions.is_new()
        self.kept: dict[int, Checkpoint] = {}

    def run(
        self, waveforms: Sequence[Waveform], options: CloneOptions, language: str
    ) -> dict[str, Any]:
        """Tune to the end, or until the job is stopped; the best version becomes the current."""
        self.kept = {each.step: each for each in self.versions.of_run()}
        self._stage("listening")
        self.context.report(self.begin, "listening to the recordings")
        likeness = Likeness(self.runtime.base, waveforms)
        self.sentence = SAMPLE_SENTENCES[language]

        def report(fraction: float, message: str) -> None:
            self.context.report(self.begin + (self.end - self.begin) * fraction, message)

        def scored(score: Score) -> None:
            self._score(score, likeness)

        result = clone_voice(
            self.runtime.base, waveforms, options, report,
            self.context.stopped, self.work, None, Watch(scored, self._losses),
        )  # fmt: skip
        return self._end(result, likeness.ceiling)

    def _score(self, score: Score, likeness: Likeness) -> None:
        """Keep, measure and let hear the voice as it is at a checkpoint."""
        consent_id, user_id = self.versions.draft.consent_id, self.context.job.user_id
        valid_consent(self.runtime.store, consent_id, user_id)
        self._stage("tuning")
        if ("sample", score.step) in self.told:
            return
        checkpoint = self.kept.get(score.step)
        if checkpoint is None:
            similarity = round(likeness.score(score.voice), 4)
            self.context.hold()
            checkpoint = self.kept[score.step] = self.versions.add(score, similarity)
            if self.new:
                self._choose(None)
        scores = {
            "held_out": round(score.held_out, 4),
            "similarity": checkpoint.similarity,
            "ceiling": round(likeness.ceiling, 4),
            "seconds": score.seconds,
            "version": checkpoint.number,
        }
        self._tell("score", score.step, scores)
        self._let_hear(score, checkpoint)

    def _losses(self, step: int, losses: dict[str, float]) -> None:
        self._tell("loss", step, {name: round(value, 4) for name, value in losses.items()})

    def _let_hear(self, score: Score, checkpoint: Checkpoint) -> None:
        consent = self.runtime.store.consent(self.versions.draft.consent_id)
        if not consent.for_speech:  # then nothing is spoken by way of a sample either
            return
        name = f"step-{score.step:05}.wav"
        voice, model = self.versions.voice(), score.voice
        waveform = self.speech.audition(voice, model, self.sentence, checkpoint.sha256).write(
            job_folder(self.runtime, self.context.job.id) / name
        )
        data = {"file": name, "text": self.sentence, "seconds": round(waveform.seconds, 3)}
        self._tell("sample", score.step, data)

    def _tell(self, kind: str, step: int, data: dict[str, Any]) -> None:
        """Add an event of a step, unless an earlier run of the same job did."""
        if (kind, step) not in self.told:
            self.told.add((kind, step))
            self.context.event(kind, {"step": step} | data)

    def _end(self, result: CloneResult, ceiling: float) -> dict[str, Any]:
        """Make the best version current; a job that is only paused goes on later instead."""
        if self.context.told_to_pause and not self.context.cancelled():
            return {}
        self._stage("keeping")
        self.context.hold()
        best = self._choose(result.metrics["best_step"])
        if not self.context.cancelled():
            shutil.rmtree(self.work, ignore_errors=True)
        self._stage("done")
        first = self.kept[min(self.kept)]
        return {
            "voice_id": best.voice_id,
            "name": self.versions.voice().name,
            "version": best.number,
            "steps": result.metrics["steps"],
            "best_step": best.step,
            "speech_seconds": result.metrics["speech_seconds"],
            "held_out_before": first.score,
            "held_out_after": best.score,
            "similarity_before": first.similarity,
            "similarity": best.similarity,
            "ceiling": round(ceiling, 4),
            "stopped": self.context.cancelled(),
        }

    def _choose(self, best_step: int | None) -> Checkpoint:
        """Let the voice speak with the best version of this tuning, and return it."""
        scores = {each.step: each.score for each in self.kept.values() if each.score is not None}
        best = min(scores, key=lambda step: (scores[step], step))
        # The tuner has forgotten what it scored before it was interrupted.
        if best_step in scores and scores[best] >= _CLEARLY_BETTER * scores[best_step]:
            best = best_step
        return self.versions.make_current(self.kept[best])

    def _stage(self, name: str) -> None:
        if name not in self.stages:
            self.stages.add(name)
            self.context.event("stage", {"name": name})
