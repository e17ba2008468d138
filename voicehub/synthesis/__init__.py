"""Voices at work: text to speech and speech to speech."""
