"""What lies on a board beside its agents."""
