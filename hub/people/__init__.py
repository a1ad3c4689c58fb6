"""People's data: who is behind a pseudonym, that a phone is theirs, what is sent to it, and that it all goes again."""
