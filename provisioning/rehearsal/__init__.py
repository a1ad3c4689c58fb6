"""A hall of simulated hardware, citizens and clerks, who reach the hub only as its users do."""
