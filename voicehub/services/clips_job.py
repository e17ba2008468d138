"""The job that lets a voice say the fixed sentences of its listing, by the one road to speech."""

from typing import Any

import numpy as np

from voicehub.audio.files import write_audio
from voicehub.audio.waveform import Waveform
from voicehub.jobs import Context
from voicehub.services.consent import file_sha256
from voicehub.services.ownership import own_voice
from voicehub.services.runtime import Runtime
from voicehub.services.speech import SpeechService, joined
from voicehub.services.storage import made
from voicehub.speaker.embedding import default_encoder, unit
from voicehub.store.listings import ListingStore
from voicehub.store.market_records import Clip

# The same for every voice, so that voices can be compared and nobody is made to say anything else.
SENTENCES = {
    "en": (
        "Good morning, and welcome. This is how I sound when I greet somebody.",
        "The storm had passed by midnight, and the harbour lay quiet under a silver moon.",
        "Please have your order number ready; can I help you with anything else today?",
    ),
    "zh": (
        "早上好，欢迎收听。这就是我打招呼时的声音。",
        "午夜时分，暴风雨已经过去，月光下的港湾一片宁静。",
        "请准备好您的订单号，今天还有什么可以帮您的吗？",
    ),
}


def make_clips(runtime: Runtime, context: Context) -> dict[str, Any]:
    """Speak the sentences of a draft's language, and keep them with what the voice sounds like."""
    job = context.job
    voice = own_voice(runtime.store, job.voice_id or "", job.user_id)
    store = ListingStore(runtime.store.database)
    listing = store.own(job.config["listing_id"], job.user_id)
    service = SpeechService(runtime, job.user_id)
    texts = SENTENCES[listing.language]
    clips, heard = [], []
    for number, text in enumerate(texts):
        context.report(number / len(texts), f"sentence {number + 1} of {len(texts)}")
        waveform = joined(service.speak(voice.id, text))
        heard.append(waveform)
        clips.append(
            _kept(runtime, Clip(listing.id, number, text, "", "", 0.0), voice.id, waveform)
        )
        if context.stopped():
            return {}
    encoder = default_encoder()
    embedding = unit(np.mean([encoder.embed(each) for each in heard], axis=0))
    context.hold()
    store.keep_clips(listing.id, clips, embedding)
    return {"listing_id": listing.id, "clips": len(clips)}


def _kept(runtime: Runtime, clip: Clip, voice_id: str, waveform: Waveform) -> Clip:
    """Write a clip among the files of its voice, with which it goes."""
    path = f"voices/{voice_id}/clips/{clip.listing_id}-{clip.number}.wav"
    target = runtime.home / path
    made(target.parent)
    write_audio(target, waveform)
    return Clip(
        clip.listing_id, clip.number, clip.text, path, file_sha256(target),
        round(waveform.seconds, 3),
    )  # fmt: skip
