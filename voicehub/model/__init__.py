"""The networks: content encoder, prosody model, generator, discriminators and their losses."""
