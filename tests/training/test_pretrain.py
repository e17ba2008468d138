"""Every stage of pretraining, a step or two each, on the bundled readers: from a manifest to a base that speaks."""

import os
import shutil
import subprocess
import sys

import pytest
from corpus import write_manifest
from safetensors.torch import load_file
from tiny import DEMO, demo_clips

from voicehub.audio.files import read_audio
from voicehub.errors import InputError
from voicehub.model.base import load_base
from voicehub.synthesis.speak import speak
from voicehub.training.corpus import Corpus
from voicehub.training.finetune import zero_shot_voice
from voicehub.training.pretrain import pretrain
from voicehub.training.pretrain_options import STAGES, PretrainOptions

STEPS = {
    f"{name}_steps": 2
    for name in ("encoder", "listener", "detail", "generator", "prosody", "adversarial")
}


def _manifest(folder):
    rows = []
    for reader, speaker in (
        ("reader-f", "heard"),
        ("reader-m", "ls2136"),
    ):  # the second is held out
        words = (DEMO / reader / "transcripts.tsv").read_text(encoding="utf-8").splitlines()
        texts = dict(line.split("\t") for line in words)
        for clip in demo_clips(reader)[:3]:
            row = (clip, "mini_librispeech", speaker, "en", reader[-1], "12", texts[clip.name])
            rows.append(row)
    clip = demo_clips("reader-f")[3]  # nobody wrote down what is said here
    rows.append((clip, "mini_librispeech", "silent", "en", "f", "12", ""))
    return write_manifest(folder / "manifest.tsv", rows)


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pretraining")
    said = []
    options = PretrainOptions(
        _manifest(folder), folder / "work", output=folder / "base", workers=1, device="cpu", **STEPS
    )
    pretrain(options, lambda fraction, message: said.append(message))
    return options, said


def test_a_base_comes_out_that_clones_and_speaks(trained):
    options, said = trained
    base = load_base(options.output, "cpu")
    voice = zero_shot_voice(base, [read_audio(demo_clips()[0])])
    (spoken,) = speak(base, voice, "Hello.")
    assert spoken.seconds > 0.2
    assert any("validation" in message for message in said)
    phones = Corpus(options.folder).phones
    assert (
        phones >= 0
    ).mean() > 0.6  # all are transcribed, and the one that fits worst is left out


def test_a_second_run_finds_everything_done(trained):
    options, _ = trained
    before = (options.output / "config.json").read_bytes()
    said = []
    pretrain(options, lambda fraction, message: said.append(message))
    assert (options.output / "config.json").read_bytes() == before
    assert not any("loss" in message or "aligned" in message for message in said)


def test_training_goes_on_from_a_base_and_leaves_what_was_not_asked_for(trained, tmp_path):
    first, _ = trained
    stages = [
        name for name in STAGES if name not in ("encoder", "realign", "encoder_again", "prosody")
    ]
    second = PretrainOptions(
        first.manifest, tmp_path / "work", stages, output=tmp_path / "base", workers=1,
        device="cpu", init=first.output, **STEPS,
    )  # fmt: skip
    pretrain(second, lambda fraction, message: None)
    old, new = load_base(first.output, "cpu"), load_base(second.output, "cpu")
    for name in ("encoder", "prosody"):
        before, after = getattr(old, name).state_dict(), getattr(new, name).state_dict()
        assert all(before[key].equal(after[key]) for key in before)
    assert old.id != new.id
    # Two steps of the warm-up are less than eight bits can tell: look at what was trained, not at what was stored.
    trained_on = load_file(second.state("adversarial"))["module/average/out.weight"]
    assert not old.generator.out.weight.equal(trained_on)


def test_an_encoder_that_goes_on_is_taught_by_itself_and_heard_as_before(trained, tmp_path):
    first, said = trained
    assert not any("taught" in message for message in said)  # two steps are not reported
    second = PretrainOptions(
        first.manifest, tmp_path / "work", ["prepare", "align", "encoder_again", "content"], workers=1,
        device="cpu", init=first.output, encoder_steps=50,
    )  # fmt: skip
    told = []
    pretrain(second, lambda fraction, message: told.append(message))
    assert any(" taught " in message for message in told)
    (carried,) = (message for message in told if "heard as before" in message)
    assert 50.0 < float(carried.split(":")[1].split("%")[0]) <= 100.0


def test_two_processes_share_their_batches(trained, tmp_path):
    """Under torchrun both work on the same weights, with batches of their own and the mean of their gradients."""
    first, _ = trained
    shared = tmp_path / "work"
    shutil.copytree(first.folder, shared, ignore=shutil.ignore_patterns("prosody.*"))
    command = [
        sys.executable, "-m", "torch.distributed.run", "--nproc-per-node", "2", "--master-port", "0",
        "--rdzv-backend", "c10d", "--rdzv-endpoint", "127.0.0.1:0", "--module", "voicehub", "pretrain",
        "--manifest", first.manifest, "--folder", shared, "--stages", "prosody",
        "--prosody-steps", "2", "--device", "cpu",
    ]  # fmt: skip
    environment = os.environ | {"OMP_NUM_THREADS": "1", "PYTHONPATH": str(DEMO.parent)}
    done = subprocess.run(
        [str(each) for each in command], env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    name = "prosody.state.safetensors"
    alone, both = load_file(first.folder / name), load_file(shared / name)
    assert alone.keys() == both.keys()
    assert any(not alone[key].equal(both[key]) for key in alone)


def test_unknown_stages_are_refused(tmp_path):
    with pytest.raises(InputError, match="unknown stages \\['sing'\\]"):
        PretrainOptions(tmp_path / "none.tsv", tmp_path, ["sing"])
