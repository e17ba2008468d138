"""What a user can do: clone, speak, convert, look after voices. Page and command line call only this."""
