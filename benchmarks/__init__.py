"""Ways of doing one thing, compared in one run on one machine: trust the ratios, not the figures."""
