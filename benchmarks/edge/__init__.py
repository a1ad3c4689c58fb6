"""One agent at a time, as a process of its own, and what it costs."""
