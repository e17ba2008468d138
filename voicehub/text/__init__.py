"""Text to phonemes for English and Chinese."""
