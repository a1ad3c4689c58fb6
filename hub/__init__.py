"""The hub: keeps the truth of a hall and lets everything else agree on it."""
