"""``python -m voicehub`` is the command ``voicehub``."""

from voicehub.cli.main import main

if __name__ == "__main__":
    raise SystemExit(main())
