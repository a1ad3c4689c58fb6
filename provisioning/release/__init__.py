"""Releases of the edge software: bundles that boards fetch, and the key that they must be signed with."""
