"""The floor of a voice's similarity is measured with other people's speech, never with its owner's."""

from house import House

from voicehub.audio.files import read_audio
from voicehub.services.clone import CloneRequest, CloneService
from voicehub.services.consent import CorpusLicence
from voicehub.services.demo import READERS, demo_recordings
from voicehub.services.evaluate import strangers


def test_strangers_are_the_other_readers(house: House) -> None:
    female, male = (demo_recordings(reader) for reader in READERS)
    request = CloneRequest(male[:1], "Ada", CorpusLicence("CC0", "nobody"), zero_shot=True)
    voice = CloneService(house.runtime).clone(request, lambda fraction, message: None).voice
    (other,) = strangers(house.runtime, voice, male[2:])
    assert (other.samples == read_audio(female[0]).samples).all()
    assert strangers(house.runtime, voice, female[3:]) == []
