"""What is asked and answered over the API, checked when it comes in."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

MODELS = ("voicehub-1", "tts-1", "tts-1-hd", "gpt-4o-mini-tts")  # the last three mean the first
Format = Literal["mp3", "opus", "flac", "wav", "pcm"]


class SpeechRequest(BaseModel):
    """A text to be spoken; what is not known here is refused, rather than silently left out."""

    model_config = ConfigDict(extra="forbid")

    model: str = Field(description=f"`{MODELS[0]}`; names of OpenAI's models mean the same")
    input: str = Field(min_length=1, description="English, Chinese or both")
    voice: str = Field(min_length=1, description="name or identifier of one of your voices")
    response_format: Format = "mp3"
    speed: float = Field(default=1.0, ge=0.5, le=2.0)
    stream_format: Literal["audio"] = "audio"


class VoiceShape(BaseModel):
    """A voice that the key's user has."""

    id: str
    object: Literal["voice"] = "voice"
    name: str
    kind: str
    created: str


class VoiceList(BaseModel):
    """All voices of the key's user."""

    object: Literal["list"] = "list"
    data: list[VoiceShape]


class ModelShape(BaseModel):
    """What makes speech here."""

    id: str
    object: Literal["model"] = "model"
    owned_by: Literal["voicehub"] = "voicehub"


class ModelList(BaseModel):
    """All that makes speech here."""

    object: Literal["list"] = "list"
    data: list[ModelShape]


class ErrorBody(BaseModel):
    """What went wrong."""

    message: str
    type: str
    param: str | None
    code: str | None


class ErrorShape(BaseModel):
    """The body of every refusal."""

    error: ErrorBody
