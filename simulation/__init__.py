"""A hall on one thread and a virtual clock, from a seed: the real hub and agents, and everything that goes wrong."""
