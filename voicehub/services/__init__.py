"""What a user can do: clone, speak, convert, look after voices; page and command line call this."""
