"""Days of a hall that nobody measured: drawn from a model (README.md), played through the hub's own rules."""
