"""What a technician uses: the broker's configuration, and a rehearsal of a whole hall."""
