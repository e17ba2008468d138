"""The jobs themselves, run by a real worker on tiny networks: previews, clones, speech, the demo."""

import threading
import time
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from house import Clip, House, Visitor

from voicehub.audio.files import read_audio
from voicehub.errors import ConsentError, InputError, NotFoundError
from voicehub.jobs import Timing, run_lane
from voicehub.services import demo_job
from voicehub.services.handlers import handlers
from voicehub.services.labels import Label
from voicehub.store.records import Job, Voice
from voicehub.training.finetune import zero_shot_voice
from voicehub.training.traits import load_traits, measure_traits, save_traits, voice_from_traits


def clone(house: House, visitor: Visitor, name: str = "Ada", steps: int = 1) -> Job:
    return house.studio.clone(visitor.user, visitor.consent.id, [visitor.sample.id], name, steps)


@pytest.fixture
def voice(house: House, ada: Visitor) -> Voice:
    job = house.done(clone(house, ada))
    assert job.result is not None
    return house.runtime.store.own_voice(job.result["voice_id"], ada.user.id)


def test_a_preview_is_heard_and_no_voice_is_made(house: House, ada: Visitor) -> None:
    ask = house.studio.preview(ada.user, ada.consent.id, [ada.sample.id], key="once")
    assert house.studio.preview(ada.user, ada.consent.id, [ada.sample.id], key="once") == ask
    job = house.done(ask)
    assert job.result is not None
    heard = read_audio(house.studio.file(ada.user, job.id, job.result["path"]))
    assert heard.seconds == pytest.approx(job.result["seconds"], abs=0.01)
    assert house.library.voices(ada.user) == []
    # The second time what is known of the recording is not measured again.
    (traits,) = (house.runtime.home / "samples").rglob("*.traits")
    before = traits.stat().st_mtime_ns
    house.done(house.studio.preview(ada.user, ada.consent.id, [ada.sample.id]))
    assert traits.stat().st_mtime_ns == before


def test_traits_make_the_voice_that_the_recordings_make(
    house: House, clip: Clip, tmp_path: Path
) -> None:
    base = house.runtime.base
    recordings = [read_audio(clip(4)), read_audio(clip(3, "reader-f", 1))]
    whole = zero_shot_voice(base, recordings)
    parts = []
    for number, recording in enumerate(recordings):
        path = tmp_path / f"{number}.traits"
        save_traits(path, measure_traits(base, recording))
        parts.append(load_traits(path))
    made = voice_from_traits(base, parts)
    np.testing.assert_allclose(made.embedding, whole.embedding, atol=1e-6)
    assert made.stats.as_dict() == pytest.approx(whole.stats.as_dict(), abs=1e-6)


def test_a_clone_is_scored_heard_and_kept_at_each_checkpoint(house: House, ada: Visitor) -> None:
    job = house.done(clone(house, ada, steps=2))
    result = job.result
    assert result is not None
    assert (result["name"], result["steps"], result["stopped"]) == ("Ada", 2, False)
    assert 0 < result["similarity"] <= 1
    assert 0 < result["ceiling"] <= 1
    events = house.studio.job(ada.user, job.id).events(0)
    stages = [each.data["name"] for each in events if each.kind == "stage"]
    assert stages == ["listening", "tuning", "keeping", "done"]
    scores = [each.data for each in events if each.kind == "score"]
    assert [score["step"] for score in scores] == [0, 2]
    assert {"held_out", "similarity", "ceiling", "seconds"} <= set(scores[0])
    losses = [each.data for each in events if each.kind == "loss"]
    assert [loss["step"] for loss in losses] == [2]
    assert losses[0]["spectral"] > 0
    for sample in (each.data for each in events if each.kind == "sample"):
        assert read_audio(house.studio.file(ada.user, job.id, sample["file"])).seconds > 0
    details = house.library.details(ada.user, result["voice_id"])
    first, second = details.checkpoints
    assert (first.number, second.number, second.parent_id) == (1, 2, first.id)
    best = min(details.checkpoints, key=lambda each: each.score or 0)
    assert details.voice.expires == ada.user.expires
    assert best.current
    assert details.voice.sha256 == best.sha256
    assert details.generations == 2  # the samples of the checkpoints
    assert not any((house.runtime.home / "work" / "jobs").iterdir())
    other = next(each for each in details.checkpoints if not each.current)
    house.library.make_current(ada.user, details.voice.id, other.id)
    house.done(house.studio.speak(ada.user, details.voice.id, "Hello."))
    receipt = house.library.remove_checkpoint(ada.user, details.voice.id, best.id)
    assert {each.kind for each in receipt.removed} == {"version"}


def test_a_voice_is_tuned_again_as_further_versions(
    house: House, ada: Visitor, voice: Voice, clip: Clip
) -> None:
    more = house.samples.add(ada.user, clip(4, "reader-f", 3), "more.wav")
    before = house.runtime.store.checkpoints.current(voice.id)
    ids = [ada.sample.id, more.id]
    job = house.done(house.studio.clone(ada.user, "", ids, "", 1, voice))
    details = house.library.details(ada.user, voice.id)
    assert [each.number for each in details.checkpoints] == [1, 2, 3, 4]
    assert details.checkpoints[2].parent_id == before.id
    assert details.checkpoints[3].parent_id == details.checkpoints[2].id
    assert job.result is not None
    assert details.voice.folder.endswith(f"/{job.result['version']}")
    assert job.result["version"] in (3, 4)
    assert len(details.recordings) == 2


def test_a_stopped_clone_keeps_the_best_and_goes_on_later(house: House, ada: Visitor) -> None:
    asked = clone(house, ada, steps=400)

    def stop() -> None:
        if "score" in house.kinds(asked):
            house.studio.cancel(ada.user, asked.id)

    job = house.work(asked, stop)
    assert job.state == "cancelled"
    assert job.result is not None
    assert job.result["stopped"]
    (made,) = house.library.voices(ada.user)
    resumed = house.studio.resume(ada.user, job.id)
    assert house.studio.resume(ada.user, job.id) == resumed
    assert resumed.voice_id == made.id
    house.studio.cancel(ada.user, resumed.id)
    house.library.delete(ada.user, made.id)
    with pytest.raises((InputError, ConsentError, NotFoundError)):
        house.studio.resume(ada.user, job.id)


def test_speech_comes_sentence_by_sentence_and_stays_in_the_history(
    house: House, ada: Visitor, voice: Voice
) -> None:
    job = house.done(house.studio.speak(ada.user, voice.id, "One. 二。 Three!", format="mp3"))
    chunks = [e.data for e in house.studio.job(ada.user, job.id).events(0) if e.kind == "chunk"]
    assert [chunk["number"] for chunk in chunks] == [0, 1, 2]
    total = 0.0
    for chunk in chunks:
        total += read_audio(house.studio.file(ada.user, job.id, chunk["file"])).seconds
    assert job.result is not None
    (speech,) = house.speeches.history(ada.user)
    assert (speech.text, speech.format, speech.id) == ("One. 二。 Three!", "mp3", job.id)
    assert speech.seconds == pytest.approx(total, abs=0.01)
    assert house.speeches.file(ada.user, speech.id).suffix == ".mp3"
    for format in ("wav", "flac", "ogg"):
        path = house.speeches.file(ada.user, speech.id, format)
        assert read_audio(path).seconds == pytest.approx(total, abs=0.1)
    kinds = [each.kind for each in house.runtime.store.generations(voice.id)]
    assert kinds[-1] == "speak"
    house.speeches.delete(ada.user, speech.id)
    assert list((house.runtime.home / "speech").rglob("*.*")) == []
    assert house.runtime.jobs.get(job.id, ada.user.id).config == {}  # nor does the text stay
    with pytest.raises(NotFoundError):
        house.speeches.file(ada.user, speech.id)


def test_a_conversion_has_the_length_of_its_source(
    house: House, ada: Visitor, voice: Voice, clip: Clip
) -> None:
    source, plain = clip(3, "reader-m"), Label("none", True)
    job = house.done(house.studio.convert(ada.user, voice.id, source, -2.0, "flac", label=plain))
    (speech,) = house.speeches.history(ada.user)
    assert (speech.kind, speech.seconds, speech.format) == ("convert", 3.0, "flac")
    assert {"0000.wav", "source.wav"} <= set(house.studio.job(ada.user, job.id).files)
    assert not any((house.runtime.home / "incoming").iterdir())


def test_revoking_stops_the_job_that_runs_and_removes_all(
    house: House, ada: Visitor, voice: Voice
) -> None:
    asked = house.studio.speak(ada.user, voice.id, "One. " * 300)

    def revoke() -> None:
        if "chunk" in house.kinds(asked) and house.library.voices(ada.user):
            revoked.append(house.library.revoke(ada.user, voice.id))

    revoked: list[object] = []
    job = house.work(asked, revoke)
    assert job.state == "cancelled"
    assert revoked
    assert house.library.voices(ada.user) == []
    assert house.speeches.history(ada.user) == []
    home = house.runtime.home
    for folder in ("voices", "speech", "statements", "work/jobs"):
        assert [p for p in (home / folder).rglob("*") if p.is_file()] == [], folder
    with pytest.raises(ConsentError):
        house.studio.preview(ada.user, ada.consent.id, [ada.sample.id])


def test_an_export_holds_the_voice_and_the_proof(house: House, ada: Visitor, voice: Voice) -> None:
    with zipfile.ZipFile(house.library.export(ada.user, voice.id)) as archive:
        assert set(archive.namelist()) == {
            "voice.safetensors", "voice.json", "consent.json", "recordings.json", "README.txt",
        }  # fmt: skip
        assert ada.consent.statement_sha256 in archive.read("consent.json").decode()
        assert ada.user.id not in archive.read("consent.json").decode()


def test_a_voice_is_not_measured_with_what_it_was_made_from(
    house: House, ada: Visitor, voice: Voice, clip: Clip
) -> None:
    with pytest.raises(InputError, match="not made from"):
        house.studio.evaluate(ada.user, voice.id, [ada.sample.id])
    other = house.samples.add(ada.user, clip(6, "reader-f", 2), "other.wav")
    job = house.work(house.studio.evaluate(ada.user, voice.id, [ada.sample.id, other.id]))
    # One short recording is too little, which the job says in words.
    assert (job.state, "needed" in (job.error or "")) == ("failed", True)
    # The pictures are there in both languages of the page.
    pictures = {f"{name}.{code}.png" for name in ("natural", "copy") for code in ("en", "zh")}
    assert pictures <= set(house.studio.job(ada.user, job.id).files)


def test_the_guided_demo_tells_every_scene(
    house: House, ada: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(demo_job, "DEMO_STEPS", 1)
    monkeypatch.setattr(demo_job, "_N_RECORDINGS", 1)
    for _ in range(2):  # the voice of the first makes room for that of the second
        job = house.done(house.studio.guided_demo(ada.user))
    events = house.studio.job(ada.user, job.id).events(0)
    scenes = [each.data["name"] for each in events if each.kind == "scene"]
    assert scenes == list(demo_job.SCENES)
    for each in events:
        if each.kind in ("sound", "picture"):
            assert house.studio.file(ada.user, job.id, each.data["file"]).stat().st_size > 1000
    assert [each.name for each in house.library.voices(ada.user)] == [demo_job.VOICE_NAME]


def test_a_user_who_is_gone_leaves_no_file(house: House, ada: Visitor, voice: Voice) -> None:
    house.done(house.studio.speak(ada.user, voice.id, "Hello."))
    receipt = house.accounts.delete_account(ada.user)
    assert receipt.names == ("Ada",)
    assert receipt.kept == (ada.consent.id,)
    kinds = {each.kind for each in receipt.removed}
    assert {"voice", "recording", "speech", "statement", "job"} <= kinds
    assert house.accounts.by_token(ada.token) is None
    left = [p for p in house.runtime.home.rglob("*") if p.is_file()]
    names = {p.name.partition("-")[0].partition(".")[0] for p in left}
    assert names == {"voicehub", "watermark", "signing"}  # the database, and nobody's keys
    with pytest.raises(NotFoundError):
        house.library.details(replace(ada.user), voice.id)


def test_a_tuning_that_was_interrupted_tells_nothing_twice(house: House, ada: Visitor) -> None:
    job = clone(house, ada, steps=2)
    stop = threading.Event()
    worker = threading.Thread(
        target=run_lane,
        args=(house.runtime.jobs, job.lane, handlers(house.runtime), stop, Timing(0.02)),
    )
    worker.start()
    while "score" not in house.kinds(job):
        time.sleep(0.01)
    stop.set()  # as a worker is told to end
    worker.join()
    interrupted = house.runtime.jobs.get(job.id, ada.user.id)
    assert interrupted.state in ("queued", "done")
    ended = house.done(job)
    assert ended.result is not None
    events = house.studio.job(ada.user, job.id).events(0)
    told = [(e.kind, e.data.get("name"), e.data.get("step")) for e in events if e.kind != "resumed"]
    assert len(told) == len(set(told))
    (voice,) = house.library.voices(ada.user)
    assert [each.step for each in house.library.details(ada.user, voice.id).checkpoints] == [0, 2]
