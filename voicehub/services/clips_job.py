"""The job that lets a voice say the fixed sentences of its listing, by the one road to speech."""

from typing import Any

import numpy as np

from voicehub.audio.waveform import SAMPLE_RATE, Waveform
from voicehub.jobs import Context
from voicehub.services.consent import file_sha256
from voicehub.services.labels import RHYTHM
from voicehub.services.outgoing import Outgoing
from voicehub.services.ownership import own_voice
from voicehub.services.runtime import Runtime
from voicehub.services.speech import SpeechService
from voicehub.services.storage import made
from voicehub.speaker.embedding import default_encoder, unit
from voicehub.store.listings import ListingStore
from voicehub.store.market_records import Clip, Listing

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
        speech = service.speak(voice.id, text, label=RHYTHM)
        clip, waveform = _kept(runtime, listing, number, speech)
        heard.append(Waveform(waveform.samples[round(speech.label_seconds * SAMPLE_RATE) :]))
        clips.append(clip)
        if context.stopped():
            return {}
    encoder = default_encoder()
    embedding = unit(np.mean([encoder.embed(each) for each in heard], axis=0))
    context.hold()
    store.keep_clips(listing.id, clips, embedding)
    return {"listing_id": listing.id, "clips": len(clips)}


def _kept(
    runtime: Runtime, listing: Listing, number: int, speech: Outgoing
) -> tuple[Clip, Waveform]:
    """Write a clip, marked and labelled, among the files of its voice, with which it goes."""
    path = f"voices/{listing.voice_id}/clips/{listing.id}-{number}.wav"
    target = runtime.home / path
    made(target.parent)
    waveform = speech.write(target)
    seconds, text = round(waveform.seconds, 3), SENTENCES[listing.language][number]
    return Clip(listing.id, number, text, path, file_sha256(target), seconds), waveform
