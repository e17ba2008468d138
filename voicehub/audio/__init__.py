"""Audio files to checked mono waveforms and back."""
