"""Pretraining of the base checkpoint: stages over one work folder, each resumable where it stopped."""

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
import torch.distributed as dist

from voicehub.model.base import load_base, load_part, save_base
from voicehub.model.detail import DetailConfig, DetailModel
from voicehub.model.device import pick_device
from voicehub.model.encoder import ContentEncoder
from voicehub.model.listener import Listener
from voicehub.training.alignment import align_from_scratch, align_with_scores
from voicehub.training.content_stage import (
    encode_utterances,
    write_content,
    write_variants,
)
from voicehub.training.corpus import Corpus
from voicehub.training.detail_stage import write_spoken
from voicehub.training.detail_tap import carry_tap, fit_tap
from voicehub.training.loop import LoopOptions, Report, Stage, run_stage, world
from voicehub.training.manifest import read_manifest
from voicehub.training.prepare import prepare
from voicehub.training.pretrain_options import STAGES, PretrainOptions
from voicehub.training.pretrain_stages import (
    FIRST_SHARE,
    begun,
    detail_stage,
    encoder_stage,
    generator_stage,
    listener_stage,
    prosody_stage,
    trained_ears,
    trained_encoder,
)
from voicehub.training.state import load_state, save_state

_LISTENER_SHARE = 0.5  # of the listener's steps before its own alignment
_PRIOR_WEIGHT = 0.6  # how far posteriors are divided by priors before aligning again


def pretrain(options: PretrainOptions, report: Report) -> None:
    """Run the stages in order; under ``torchrun`` the trainings share their batches."""
    if "RANK" in os.environ and not dist.is_initialized():
        on_gpu = torch.cuda.is_available() and options.device != "cpu"
        if on_gpu:
            torch.cuda.set_device(int(os.environ.get("LOCAL_RANK", "0")))  # a GPU for each process
        dist.init_process_group("nccl" if on_gpu else "gloo")
    options.folder.mkdir(parents=True, exist_ok=True)
    runners: dict[str, Callable[[PretrainOptions, Report], None]] = {
        "prepare": _prepare,
        "align": _align,
        "encoder": lambda o, r: _encoder(o, round(FIRST_SHARE * o.encoder_steps), r),
        "realign": _realign,
        "encoder_again": lambda o, r: _encoder(o, o.encoder_steps, r),
        "listener": lambda o, r: _listener(o, round(_LISTENER_SHARE * o.listener_steps), r),
        "relabel": _relabel,
        "listener_again": lambda o, r: _listener(o, o.listener_steps, r),
        "content": _content,
        "detail": _detail,
        "generator": _generator,
        "prosody": _prosody,
        "adversarial": _adversarial,
        "export": _export,
    }
    skipped = () if options.init is None else ("generator",)
    for stage in STAGES:
        if stage in options.stages and stage not in skipped:
            runners[stage](options, report)
            if dist.is_initialized():
                dist.barrier()


def _once(folder: Path, name: str, work: Callable[[], None]) -> None:
    """Run ``work`` in the first process only, and never again once it has finished."""
    mark = folder / f"{name}.done"
    if world()[0] == 0 and not mark.exists():
        work()
        mark.touch()


def _prepare(options: PretrainOptions, report: Report) -> None:
    entries = read_manifest(options.manifest)
    _once(
        options.folder, "prepare", lambda: prepare(entries, options.folder, options.workers, report)
    )


def _align(options: PretrainOptions, report: Report) -> None:
    corpus = Corpus(options.folder)
    if options.init is None:
        _once(
            options.folder, "align", lambda: align_from_scratch(corpus, 10, options.workers, report)
        )
    else:
        base = load_base(options.init, options.device)
        _once(
            options.folder,
            "align",
            lambda: _align_by(corpus, base.encoder, base.listener, report),
        )


def _encoder(options: PretrainOptions, steps: int, report: Report) -> None:
    loop = LoopOptions(steps, validate_every=400, seed=options.seed)
    run_stage(encoder_stage(options), options.folder, loop, report)


def _realign(options: PretrainOptions, report: Report) -> None:
    """Align again with the encoder's posteriors divided by the phones' priors."""

    def work() -> None:
        corpus, encoder = trained_encoder(options)
        _align_by(corpus, encoder, None, report)

    _once(options.folder, "realign", work)


def _listener(options: PretrainOptions, steps: int, report: Report) -> None:
    loop = LoopOptions(steps, validate_every=400, seed=options.seed)
    run_stage(listener_stage(options), options.folder, loop, report)


def _relabel(options: PretrainOptions, report: Report) -> None:
    """Align again with the posteriors of the listener."""
    _once(options.folder, "relabel", lambda: _align_by(*trained_ears(options), report))


def _align_by(
    corpus: Corpus, encoder: ContentEncoder, listener: Listener | None, report: Report
) -> None:
    spoken = corpus.transcribed()
    encoded = [
        (utterance, scores)
        for utterance, scores, _ in encode_utterances(corpus, encoder, spoken, report, listener)
    ]
    expected = sum(np.exp(scores).sum(0) for _, scores in encoded) + 50.0  # frames a phone
    log_prior = np.log(expected / expected.sum()).astype(np.float32)[None]
    align_with_scores(corpus, ((u, scores - _PRIOR_WEIGHT * log_prior) for u, scores in encoded))


def _content(options: PretrainOptions, report: Report) -> None:
    def work() -> None:
        corpus, encoder, listener = trained_ears(options)
        detail = begun(options, "detail", DetailModel(DetailConfig())).eval()
        if options.init is not None and options.state("encoder").exists():
            old = load_part(options.init, "encoder").to(pick_device(options.device)).eval()
            share = carry_tap(detail, old, encoder, corpus, report)
            report(1.0, f"the trained encoder is heard as before: {share:.1%} of variance")
        fit_tap(detail, encoder, corpus, report)
        save_state(options.state("tap"), {"detail": detail}, {}, 0)
        write_content(corpus, encoder, listener, detail, report, options.seed)
        write_variants(corpus, report)

    _once(options.folder, "content", work)


def _detail(options: PretrainOptions, report: Report) -> None:
    stage = detail_stage(options)
    loop = LoopOptions(options.detail_steps, validate_every=250, seed=options.seed)
    run_stage(stage, options.folder, loop, report)
    _once(
        options.folder, "spoken", lambda: write_spoken(stage.corpus, stage.average.module, report)
    )


def _generator(options: PretrainOptions, report: Report) -> None:
    loop = LoopOptions(options.generator_steps, validate_every=500, seed=options.seed)
    run_stage(generator_stage(options, False), options.folder, loop, report)


def _adversarial(options: PretrainOptions, report: Report) -> None:
    """Go on from the averaged weights of the spectral phase, or from those of ``init``."""
    stage = generator_stage(options, True)
    if options.init is None:
        first = generator_stage(options, False)
        load_state(options.state("generator"), first.modules(), first.optimisers())
        for module in (stage.generator, stage.average.module):
            module.load_state_dict(first.average.module.state_dict())
    loop = LoopOptions(options.adversarial_steps, validate_every=250, seed=options.seed)
    run_stage(stage, options.folder, loop, report)


def _prosody(options: PretrainOptions, report: Report) -> None:
    stage = prosody_stage(options)
    loop = LoopOptions(options.prosody_steps, validate_every=250, seed=options.seed)
    run_stage(stage, options.folder, loop, report)


def _export(options: PretrainOptions, report: Report) -> None:
    """Write the averaged weights of every stage as the base checkpoint."""
    stages: dict[str, Callable[[], Stage]] = {
        "encoder": lambda: encoder_stage(options),
        "listener": lambda: listener_stage(options),
        "detail": lambda: detail_stage(options),
        "prosody": lambda: prosody_stage(options),
        "adversarial": lambda: generator_stage(options, True),
    }
    modules, steps = {}, {}
    for name, make in stages.items():
        stage = make()
        if options.init is None or options.state(name).exists():
            state = options.state(name)
            steps[name] = load_state(state, stage.modules(), stage.optimisers())
        modules[name] = stage.modules()["average"]
        if name == "adversarial":
            modules["generator"] = modules.pop(name)
            modules["discriminators"] = stage.modules()["discriminators"]
    if world()[0] == 0:
        save_base(options.output, modules, {"steps": steps, "seed": options.seed})
        report(1.0, f"wrote {options.output}")
