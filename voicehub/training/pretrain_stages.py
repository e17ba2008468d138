"""The trainings that a pretraining is made of, each begun from nothing or from the base checkpoint it goes on from."""

import torch
from torch import nn

from voicehub.errors import InputError
from voicehub.model.base import has_part, load_part
from voicehub.model.detail import DetailConfig, DetailModel
from voicehub.model.device import pick_device
from voicehub.model.discriminators import DiscriminatorConfig, Discriminators
from voicehub.model.encoder import ContentEncoder, EncoderConfig
from voicehub.model.generator import Generator, GeneratorConfig
from voicehub.model.listener import Listener, ListenerConfig
from voicehub.model.prosody import ProsodyConfig, ProsodyModel
from voicehub.settings import CHECKPOINTS
from voicehub.training.corpus import Corpus
from voicehub.training.detail_stage import DetailStage
from voicehub.training.encoder_stage import EncoderStage
from voicehub.training.generator_stage import GeneratorOptions, GeneratorStage
from voicehub.training.listener_stage import ListenerStage
from voicehub.training.moonshine_weights import moonshine_from_wheel
from voicehub.training.pretrain_options import PretrainOptions
from voicehub.training.prosody_stage import ProsodyStage
from voicehub.training.split import split
from voicehub.training.state import load_state

FIRST_SHARE = 0.644  # of the encoder's steps before re-alignment
_PEAK_RATES = {"encoder": 2.0e-3, "listener": 1.0e-3, "prosody": 1.5e-3}
_WARM_SHARE = 0.5  # of the peak rates where weights are not fresh


def begun(options: PretrainOptions, name: str, fresh: nn.Module) -> nn.Module:
    """Return ``fresh``, filled with the weights of ``init``'s part of that name where it has them."""
    if options.init is not None:
        old = load_part(options.init, name).state_dict()
        known = fresh.state_dict()
        fresh.load_state_dict(known | {k: v for k, v in old.items() if k in known})
    return fresh


def encoder_stage(options: PretrainOptions) -> EncoderStage:
    """Return the training of the content encoder."""
    corpus = Corpus(options.folder)
    torch.manual_seed(options.seed)
    return EncoderStage(
        corpus,
        split(corpus),
        begun(options, "encoder", ContentEncoder(EncoderConfig())),
        pick_device(options.device),
        options.encoder_steps,
        options.seed,
        _PEAK_RATES["encoder"] * (_WARM_SHARE if options.init else 1.0),
        0 if options.init else round(FIRST_SHARE * options.encoder_steps),
    )


def trained_encoder(options: PretrainOptions) -> tuple[Corpus, ContentEncoder]:
    """Return the corpus and the encoder, trained or from ``init``."""
    stage = encoder_stage(options)
    if options.init is None or options.state("encoder").exists():
        load_state(options.state("encoder"), stage.modules(), stage.optimisers())
    return stage.corpus, stage.average.module


def listener_stage(options: PretrainOptions) -> ListenerStage:
    """Return the training of the listener, which hears with the trained encoder."""
    corpus, encoder = trained_encoder(options)
    torch.manual_seed(options.seed)
    listener, fresh = Listener(ListenerConfig()), True
    if options.moonshine is not None:
        moonshine = moonshine_from_wheel(options.moonshine)
        listener.moonshine.load_state_dict(moonshine.state_dict())
    else:
        folder = options.init or CHECKPOINTS / "base"
        if not has_part(folder, "listener"):
            raise InputError(
                f"{folder} has no listener; give --moonshine, a wheel of moonshine-voice 0.1.0"
            )
        known = load_part(folder, "listener")
        listener.moonshine.load_state_dict(known.moonshine.state_dict())
        fresh = options.init is None
        if not fresh:
            listener = known
    return ListenerStage(
        corpus,
        split(corpus),
        encoder,
        listener,
        pick_device(options.device),
        options.listener_steps,
        _PEAK_RATES["listener"] * (1.0 if fresh else _WARM_SHARE),
        options.seed,
    )


def trained_ears(options: PretrainOptions) -> tuple[Corpus, ContentEncoder, Listener]:
    """Return the corpus, the encoder and the listener, trained or from ``init``."""
    stage = listener_stage(options)
    if options.init is None or options.state("listener").exists():
        load_state(options.state("listener"), stage.modules(), stage.optimisers())
    return stage.corpus, stage.encoder, stage.average.module


def detail_stage(options: PretrainOptions) -> DetailStage:
    """Return the training of the detail of text."""
    corpus = Corpus(options.folder)
    torch.manual_seed(options.seed)
    model = DetailModel(DetailConfig())
    load_state(options.state("tap"), {"detail": model}, {})
    return DetailStage(
        corpus,
        split(corpus),
        model,
        pick_device(options.device),
        options.detail_steps,
        options.seed,
    )


def generator_stage(options: PretrainOptions, adversarial: bool) -> GeneratorStage:
    """Return a phase of the generator's training."""
    corpus, encoder, listener = trained_ears(options)
    torch.manual_seed(options.seed)
    settings = (
        GeneratorOptions(
            options.adversarial_steps,
            peak_rate=4e-4,
            adversarial=True,
            kind=options.adversarial_kind,
            seed=options.seed,
        )
        if adversarial
        else GeneratorOptions(options.generator_steps, seed=options.seed)
    )
    return GeneratorStage(
        corpus,
        split(corpus),
        begun(options, "generator", Generator(GeneratorConfig())),
        begun(options, "discriminators", Discriminators(DiscriminatorConfig())),
        encoder,
        listener,
        pick_device(options.device),
        settings,
    )


def prosody_stage(options: PretrainOptions) -> ProsodyStage:
    """Return the training of the prosody model."""
    corpus = Corpus(options.folder)
    torch.manual_seed(options.seed)
    return ProsodyStage(
        corpus,
        split(corpus),
        begun(options, "prosody", ProsodyModel(ProsodyConfig())),
        pick_device(options.device),
        options.prosody_steps,
        options.seed,
        _PEAK_RATES["prosody"] * (_WARM_SHARE if options.init else 1.0),
    )
