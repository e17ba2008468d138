"""An inaudible mark in speech: a keyed pattern of small changes in loudness that carries 32 bits."""

from voicehub.watermark.code import PAYLOAD_BITS
from voicehub.watermark.marker import Marker
from voicehub.watermark.search import Detection

__all__ = ["PAYLOAD_BITS", "Detection", "Marker"]
