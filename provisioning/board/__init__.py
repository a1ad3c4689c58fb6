"""What runs on a board beside its agents, with the standard library alone."""
