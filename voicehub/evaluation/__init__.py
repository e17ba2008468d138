"""Measures of fake speech, baselines to measure beside it, and results as tables."""
