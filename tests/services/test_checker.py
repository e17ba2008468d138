"""The checker: ours and others', exact and re-encoded, named or not, revoked or not."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from voicehub.audio.aigc import Aigc
from voicehub.audio.files import read_audio, write_audio
from voicehub.audio.tags import write_label
from voicehub.audio.waveform import Waveform
from voicehub.cli.main import main
from voicehub.errors import AudioError, InputError
from voicehub.services.checker import Checker
from voicehub.services.library import Library
from voicehub.services.outgoing import Origin, Outgoing
from voicehub.services.robustness import Robustness
from voicehub.services.runtime import Runtime
from voicehub.store.records import Voice

Clip = Callable[..., Path]


@pytest.fixture
def made(runtime: Runtime, voice: Voice, clip: Clip, tmp_path: Path) -> Path:
    """A file of marked speech: a real reader's, because a tiny network only makes noise."""
    parts = [read_audio(clip(6, "reader-m", number)) for number in (0, 1)]
    origin = Origin("speak", voice.id, voice.consent_id, voice.sha256, "none", True)
    path = tmp_path / "made.wav"
    Outgoing(runtime, origin, iter(parts)).write(path)
    return path


def test_the_very_file_is_certainly_ours(runtime: Runtime, voice: Voice, made: Path) -> None:
    finding = Checker(runtime).check(made)
    assert (finding.ours, finding.evidence, finding.certainty) == (True, "sound", "certain")
    assert finding.source is not None
    assert finding.source.consent_id == voice.consent_id
    assert finding.source.consent_revoked is None
    assert (finding.source.voice, finding.source.voice_state) == (None, "ready")
    (label,) = finding.aigc
    assert label["ours"]
    assert finding.c2pa is None or finding.c2pa["valid"]
    json.dumps(finding.as_dict(), allow_nan=False)


@pytest.mark.parametrize("suffix", [".mp3", ".ogg", ".opus", ".flac"])
def test_what_was_encoded_again_is_found_by_its_mark(
    suffix: str, runtime: Runtime, voice: Voice, made: Path, tmp_path: Path
) -> None:
    again = tmp_path / f"again{suffix}"
    write_audio(again, Waveform(read_audio(made).samples[10_001:].copy()))
    finding = Checker(runtime).check(again)
    assert (finding.ours, finding.evidence) == (True, "mark")
    assert finding.certainty == "practically_certain"
    assert finding.heard is not None
    assert finding.heard.known
    assert finding.aigc == ()
    assert finding.source is not None
    assert finding.source.consent_id == voice.consent_id


def test_natural_speech_is_not_ours(runtime: Runtime, made: Path, clip: Clip) -> None:
    assert made.exists()
    finding = Checker(runtime).check(clip(6, "reader-f", 2))
    assert (finding.ours, finding.certainty, finding.source) == (False, "none", None)


def test_a_name_is_told_only_where_its_owner_shows_it(
    runtime: Runtime, voice: Voice, made: Path
) -> None:
    library, checker = Library(runtime), Checker(runtime)
    library.show_name(runtime.operator, voice.id, True)
    source = checker.check(made).source
    assert source is not None
    assert source.voice == "Ada"
    library.show_name(runtime.operator, voice.id, False)
    told = json.dumps(checker.check(made).as_dict())
    assert "Ada" not in told


def test_a_revoked_consent_shows_at_once_and_the_proof_stays(
    runtime: Runtime, voice: Voice, made: Path
) -> None:
    library = Library(runtime)
    library.show_name(runtime.operator, voice.id, True)
    library.revoke(runtime.operator, voice.id)
    finding = Checker(runtime).check(made)
    assert finding.ours
    assert finding.source is not None
    assert finding.source.consent_revoked is not None
    assert (finding.source.voice, finding.source.voice_state) == (None, "deleted")


def test_old_marks_are_found_after_a_rotation(runtime: Runtime, made: Path, tmp_path: Path) -> None:
    key = runtime.rotate_key("watermark")
    (row,) = runtime.audit.tail(kind="key.")
    assert (row.kind, row.subject) == ("key.rotated", key.id)
    again = tmp_path / "again.mp3"
    write_audio(again, read_audio(made))
    assert Checker(runtime).check(again).evidence == "mark"


def test_copied_metadata_proves_nothing(
    runtime: Runtime, made: Path, clip: Clip, tmp_path: Path
) -> None:
    number = Checker(runtime).check(made).aigc[0]["produce_id"]
    forged = tmp_path / "forged.wav"
    write_audio(forged, read_audio(clip(4, "reader-f", 3)))
    write_label(forged, Aigc.first("VoiceHub", number).text())
    finding = Checker(runtime).check(forged)
    assert not finding.ours
    assert finding.aigc[0]["ours"]
    write_label(forged, Aigc.first("Somebody <b>", "zz").text())
    assert Checker(runtime).check(forged).aigc[0]["ours"] is False


def test_a_manifest_belongs_to_one_file(
    runtime: Runtime, voice: Voice, made: Path, tmp_path: Path
) -> None:
    from voicehub.services.file_labels import file_manifest

    (generation,) = runtime.store.generations(voice.id)
    manifest = file_manifest(runtime, generation, made)
    checker = Checker(runtime)
    told = checker.check(made, manifest).manifest
    assert told is not None
    assert (told["valid"], told["ours"], told["belongs"]) == (True, True, True)
    data, chance = made.read_bytes(), np.random.default_rng(0)
    changed = tmp_path / "changed.wav"
    for place in (5_000, len(data) - 200, int(chance.integers(44, len(data)))):
        edited = bytearray(data)
        edited[place] ^= 1
        changed.write_bytes(edited)
        told = checker.check(changed, manifest).manifest
        assert told is not None
        assert not told["belongs"]
    told = checker.check(made, manifest[:-1] + b"]").manifest
    assert told is not None
    assert not told["valid"]


def test_the_command_answers_by_its_exit_code(
    made: Path, clip: Clip, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["check", str(made), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["certainty"] == "certain"
    assert main(["check", str(made)]) == 0
    assert "made here" in capsys.readouterr().out
    assert main(["check", str(clip(4, "reader-f", 2))]) == 1
    assert "not known" in capsys.readouterr().out
    text = tmp_path / "a.wav"
    text.write_text("no sound")
    assert main(["check", str(text)]) == 2
    assert main(["check", str(tmp_path / "none.wav"), "--json"]) == 2
    assert main(["keys", "rotate", "signing", "--json"]) == 0
    assert main(["reveal", "ada"]) == 0


def test_keys_are_listed_without_their_secrets(
    runtime: Runtime, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["keys", "list", "--json"]) == 0
    said = capsys.readouterr().out
    assert len(json.loads(said)["keys"]) == 2
    for kind in ("watermark", "signing"):
        assert runtime.keys.current(kind).secret.hex() not in said  # type: ignore[arg-type]


def test_what_a_mark_survives_is_shown_with_its_failures(
    runtime: Runtime, made: Path, clip: Clip
) -> None:
    robustness = Robustness(runtime)
    found = {each.change: each for each in robustness.survivals(made)}
    assert found["clean"].led
    assert found["pcm16"].led
    assert found["mp3_128"].led
    assert {"noise_20dB", "g711_8k", "speed_+5%", "pitch_+1"} <= set(found)
    with pytest.raises(InputError, match="no mark of ours"):
        robustness.survivals(clip(4, "reader-f", 2))
    with pytest.raises(AudioError):
        robustness.survivals(Path(__file__))


def test_credentials_are_valid_untrusted_and_notice_a_change(
    runtime: Runtime, made: Path, tmp_path: Path
) -> None:
    pytest.importorskip("c2pa", reason="optional: the extra `provenance`")
    told = Checker(runtime).check(made).c2pa
    assert told is not None
    assert (told["valid"], told["trusted"], told["generated"]) == (True, False, True)
    data = bytearray(made.read_bytes())
    data[20_000] ^= 1
    changed = tmp_path / "changed.wav"
    changed.write_bytes(data)
    told = Checker(runtime).check(changed).c2pa
    assert told is not None
    assert told["valid"] is False
