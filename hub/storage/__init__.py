"""What the hub keeps: the event log, the views of it, devices and accounts."""
