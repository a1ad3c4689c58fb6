"""PostgreSQL for a hub of several processes: Debian's, as a child process."""
