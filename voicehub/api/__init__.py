"""The API for programs, in the shape of OpenAI's: speech that streams, voices, keys with a quota."""
