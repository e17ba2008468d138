"""A base checkpoint of tiny random networks: what they say is noise, all around them is real."""

from pathlib import Path

import torch

from voicehub.model.base import save_base
from voicehub.model.detail import DetailConfig, DetailModel
from voicehub.model.discriminators import DiscriminatorConfig, Discriminators
from voicehub.model.encoder import ContentEncoder, EncoderConfig
from voicehub.model.generator import Generator, GeneratorConfig
from voicehub.model.listener import Listener, ListenerConfig
from voicehub.model.prosody import ProsodyConfig, ProsodyModel

DEMO = Path(__file__).resolve().parent.parent / "demo"


def write_tiny_base(folder: Path, seed: int = 0) -> Path:
    """Write it to ``folder``; the same seed gives the same networks."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        modules = {
            "encoder": ContentEncoder(EncoderConfig(width=32, hidden=48, n_blocks=2, n_heads=2)),
            "listener": Listener(
                ListenerConfig(
                    encoded=32,
                    width=32,
                    hidden=48,
                    n_blocks=1,
                    heard_width=16,
                    heard_hidden=24,
                    heard_layers=1,
                    heard_heads=2,
                    heard_rotated=4,
                )
            ),
            "detail": DetailModel(
                DetailConfig(heard_width=32, detail_width=8, width=32, hidden=48, n_blocks=2)
            ),
            "prosody": ProsodyModel(
                ProsodyConfig(width=32, hidden=48, token_blocks=2, frame_blocks=2, n_heads=2)
            ),
            "generator": Generator(
                GeneratorConfig(width=32, hidden=48, n_blocks=2, detail_width=8)
            ),
            "discriminators": Discriminators(
                DiscriminatorConfig(
                    periods=(2, 3),
                    period_channels=(4, 8),
                    resolutions=(256,),
                    spectrum_channels=(4, 8),
                    mel_channels=(4, 8),
                )
            ),
        }
        save_base(folder, modules, {"made": "for tests"})
    return folder


def demo_clips(reader: str = "reader-f") -> list[Path]:
    """Return the bundled recordings of a reader."""
    return sorted((DEMO / reader).glob("*.opus"))
