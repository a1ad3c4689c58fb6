"""What screens play: files by their hash, what is in them, and what of it each screen gets."""
