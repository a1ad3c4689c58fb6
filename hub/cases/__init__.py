"""Cases of negative ratings: opened by reading the log, worked on by people."""
