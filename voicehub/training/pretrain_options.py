"""What a pretraining is asked for: its stages, their lengths, and where things lie."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from voicehub.errors import InputError
from voicehub.model.losses import ADVERSARIAL_KINDS
from voicehub.settings import CHECKPOINTS

STAGES = (
    "prepare", "align", "encoder", "realign", "encoder_again", "listener", "relabel",
    "listener_again", "content", "detail", "prosody", "generator", "adversarial", "export",
)  # fmt: skip


@dataclass(frozen=True)
class PretrainOptions:
    """Where the corpus and the work folder lie, and how long each stage runs (steps).

    With ``init``, a base checkpoint, everything goes on from its weights: its encoder makes the first alignment and
    the spectral phase of the generator falls away. Parts whose stages are left out stay as they are there.
    """

    manifest: Path
    folder: Path
    stages: Sequence[str] = STAGES
    encoder_steps: int = 2250  # in all: on the flat-start alignment first, then after re-alignment
    listener_steps: int = 2400  # in all: on the encoder's alignment first, then on its own
    generator_steps: int = 6000
    detail_steps: int = 1500
    prosody_steps: int = 1500
    adversarial_steps: int = 4000
    adversarial_kind: str = "least_squares"  # one of ``losses.ADVERSARIAL_KINDS``
    workers: int = 2
    output: Path = CHECKPOINTS / "base"
    device: str = "auto"
    seed: int = 0
    init: Path | None = None
    moonshine: Path | None = (
        None  # a wheel of moonshine-voice 0.1.0; else as in ``init`` or the base checkpoint
    )

    def __post_init__(self) -> None:
        unknown = set(self.stages) - set(STAGES)
        if unknown:
            raise InputError(f"unknown stages {sorted(unknown)}; known: {', '.join(STAGES)}")
        if self.adversarial_kind not in ADVERSARIAL_KINDS:
            known = ", ".join(ADVERSARIAL_KINDS)
            raise InputError(f"unknown adversarial kind {self.adversarial_kind!r}; known: {known}")

    def state(self, name: str) -> Path:
        """Return where the state of a training lies."""
        return self.folder / f"{name}.state.safetensors"
