"""What must not be lost or bypassed: voices, consents and the log of speech, in SQLite."""
