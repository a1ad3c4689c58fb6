"""One module a comparison: `BASELINE`, and `ways(quick)`, a context that gives name → "measure once" (rounds.Way)."""
