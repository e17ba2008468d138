"""Drills: commands that run the whole app against a clock, a crowd, a thief and kill -9."""
