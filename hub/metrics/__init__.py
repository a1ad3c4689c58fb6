"""From the event log and from devices' health to InfluxDB. See docs/metrics.md."""
