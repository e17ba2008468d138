"""Predicted mean opinion scores by DNSMOS, on the scale 1 (bad) to 5 (excellent).

Reddy, Gopal and Cutler, "DNSMOS: a non-intrusive perceptual objective speech quality metric to
evaluate noise suppressors", ICASSP 2021 (P.808), and "DNSMOS P.835", ICASSP 2022. It was made
to rate noise suppressors, and buzzy synthetic speech scores too well: natural speech belongs beside
it.
"""

from dataclasses import asdict, dataclass

import numpy as np

from voicehub.audio.resample import resample
from voicehub.audio.waveform import Waveform
from voicehub.errors import AudioError, MissingToolError

MIN_SECONDS = 0.2
_RATE = 16_000  # Hz, what the networks were trained on


@dataclass(frozen=True)
class PredictedMos:
    """P.808 overall quality, and P.835 quality of the speech, of the background, and overall."""

    p808: float
    signal: float
    background: float
    overall: float

    def as_dict(self) -> dict[str, float]:
        """Return the fields by name."""
        return asdict(self)


def predicted_mos(waveform: Waveform) -> PredictedMos:
    """Return the scores, each a mean over windows of 9.01 s that start every second.

    A shorter clip is repeated to fill the window. The P.835 scores depend on the level (one clip
    raised by 12 dB lost 0.3 overall), so clips that are compared should be of one loudness.
    """
    if waveform.seconds < MIN_SECONDS:
        raise AudioError(
            f"predicted MOS needs {MIN_SECONDS:g} s of audio, got {waveform.seconds:.2f} s"
        )
    try:
        from speechmos import dnsmos
    except ImportError as error:
        raise MissingToolError(
            f"predicted MOS needs the package {error.name}: pip install 'voicehub[evaluate]'"
        ) from error
    samples = np.clip(resample(waveform.samples, waveform.sample_rate, _RATE), -1.0, 1.0)
    scores = dnsmos.run(samples, _RATE)
    return PredictedMos(
        float(scores["p808_mos"]),
        float(scores["sig_mos"]),
        float(scores["bak_mos"]),
        float(scores["ovrl_mos"]),
    )
