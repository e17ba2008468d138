"""VoiceHub: clone a consented voice, speak and convert with it, and measure the result."""

__version__ = "0.1.0"
