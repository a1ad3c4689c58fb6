"""What `scripts/bench queue` measures: presses beside the bare thing, bursts, durable work, and a day's size."""
