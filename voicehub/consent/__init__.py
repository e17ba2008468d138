"""What a consent is checked by: the words of its statement, whose voice it is, and replays."""
