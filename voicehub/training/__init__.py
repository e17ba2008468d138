"""Pretraining of the base checkpoint and cloning of voices."""
