"""Acoustic features of a waveform: STFT, mel, MFCC, F0, voicing and energy."""
