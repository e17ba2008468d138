"""Who speaks: the speaker embedding."""
