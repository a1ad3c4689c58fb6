"""A hub at work is killed, starved of disk, locked out and cut off, again and again; then its log is audited."""
