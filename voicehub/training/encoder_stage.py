"""Pretraining of the content encoder by cross-entropy on aligned frames, and on its own word for untranscribed ones."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional
from torch.optim import AdamW, Optimizer

from voicehub.model.content import encode_content
from voicehub.model.device import autocast
from voicehub.model.encoder import ContentEncoder, Encoded, pitch_input
from voicehub.training.corpus import Corpus, Utterance
from voicehub.training.encoder_batch import EncoderBatches, augmented, is_labelled
from voicehub.training.loop import Average, clip_and_step, learning_rate, set_learning_rate, world

Hear = Callable[[NDArray[np.float16], NDArray[np.float16], Utterance], Encoded]
BATCH = 16
UNTRANSCRIBED = 4  # of a batch, where there is speech without a transcript


class EncoderStage:
    """Trains on crops of transcribed utterances; short ones of a speaker are strung together.

    From step ``taught_from`` on, a part of each batch has no transcript: there the averaged weights hear the crop as
    it is, and what they say is what the trained weights must hear in it augmented (mean teacher, Tarvainen and
    Valpola 2017; noisy student, Xie and others 2020). Many more people speak without transcripts than with them.
    """

    name = "encoder"

    def __init__(
        self,
        corpus: Corpus,
        splits: tuple[Sequence[Utterance], Sequence[Utterance]],
        encoder: ContentEncoder,
        device: torch.device,
        steps: int,
        seed: int = 0,
        peak_rate: float = 2.0e-3,
        taught_from: int = 0,
    ) -> None:
        self.corpus, self.device, self.steps, self.seed = corpus, device, steps, seed
        self.peak_rate, self.taught_from = peak_rate, taught_from
        self.encoder = encoder.to(device)
        self.batches = EncoderBatches(corpus, splits[0])
        self.held_out = [u for u in splits[1] if is_labelled(corpus, u)]
        self.optimiser = AdamW(
            self.encoder.parameters(), peak_rate, betas=(0.9, 0.98), weight_decay=0.03
        )
        self.average = Average(self.encoder)

    def modules(self) -> Mapping[str, nn.Module]:
        """Return the encoder and its averaged copy."""
        return {"encoder": self.encoder, "average": self.average.module}

    def optimisers(self) -> Mapping[str, Optimizer]:
        """Return the one optimiser."""
        return {"encoder": self.optimiser}

    def train_step(self, step: int) -> dict[str, float]:
        """Run one step on a batch seeded by the step."""
        rank, _ = world()
        rng = np.random.default_rng((self.seed, step, rank))
        some = self.batches.unknown.utterances and step >= self.taught_from
        taught = UNTRANSCRIBED if some else 0
        crops = self.batches.draw(rng, BATCH, taught)
        mel = self.encoder.centre(augmented(crops.mel, rng)).to(self.device)
        f0, phones, tones = (x.to(self.device) for x in (crops.f0, crops.phones, crops.tones))
        set_learning_rate(self.optimiser, learning_rate(step, self.steps, self.peak_rate))
        self.encoder.train()
        with autocast(self.device):
            phone_logits, tone_logits, _ = self.encoder(mel, pitch_input(f0))
        phone_loss = functional.cross_entropy(
            phone_logits.float(), phones, ignore_index=-1, label_smoothing=0.05
        )
        tone_loss = functional.cross_entropy(tone_logits.float(), tones, ignore_index=-1)
        tone_loss = torch.nan_to_num(tone_loss)  # a batch without Mandarin has no tones
        loss = phone_loss + tone_loss
        losses = {"phone": phone_loss.item(), "tone": tone_loss.item()}
        if taught:
            heard = self._teaching(crops.mel[-taught:], f0[-taught:])
            own = functional.cross_entropy(phone_logits[-taught:].float(), heard)
            loss = loss + taught / BATCH * own
            losses["taught"] = own.item()
        loss.backward()
        clip_and_step(self.optimiser, self.encoder, 1.0)
        self.average.update(self.encoder, step)
        return losses

    @torch.no_grad()
    def _teaching(self, mel: Tensor, f0: Tensor) -> Tensor:
        """Return the phone posteriors that the averaged weights give for crops as they are."""
        teacher = self.average.module
        with autocast(self.device):
            logits = teacher(teacher.centre(mel).to(self.device), pitch_input(f0)).phones
        return logits.float().softmax(1)

    def validate(self, step: int) -> dict[str, float]:
        """Return frame accuracy of the averaged weights on held-out speech, per language."""

        def hear(mel: NDArray[np.float16], f0: NDArray[np.float16], _: Utterance) -> Encoded:
            return encode_content(self.average.module, mel, f0)

        return frames_right(self.corpus, self.held_out, hear)


def frames_right(corpus: Corpus, held_out: Sequence[Utterance], hear: Hear) -> dict[str, float]:
    """Return the share of frames whose phone is the likeliest, by language, and of toned ones whose tone is.

    ``hear`` is given the mel (n_mels, frames), the F0 (frames,) and the utterance. About 150 are heard.
    """
    right: dict[str, list[float]] = {}
    for utterance in held_out[:: max(1, len(held_out) // 150)]:
        rows = utterance.frame_slice
        heard = hear(corpus.mel[rows].T, corpus.f0[rows], utterance)
        phones, tones = (
            torch.from_numpy(each[rows].astype(np.int64))
            for each in (corpus.phones, corpus.accents)
        )
        language = utterance.record["language"]
        hit = (heard.phones.argmax(0).cpu() == phones).float().mean()
        right.setdefault(f"{language}_frames", []).append(float(hit))
        if language == "zh":
            toned = tones.clamp(max=5) > 0
            match = (heard.tones.argmax(0).cpu() == tones)[toned]
            right.setdefault("zh_tones", []).append(float(match.float().mean()))
    return {key: float(np.mean(values)) for key, values in sorted(right.items())}
