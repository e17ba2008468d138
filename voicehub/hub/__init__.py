"""Voices on their way: signed parcels, the Hugging Face Hub, and a registry on the own disk."""
