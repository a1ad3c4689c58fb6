"""Who may connect: the certificate authority, EST, tokens, and what the broker must know."""
