"""What every agent has: identity, link, outbox, clock, configuration, health. Names no device class."""
