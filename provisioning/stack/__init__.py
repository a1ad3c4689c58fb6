"""What stands around a hub: broker, InfluxDB, Grafana, PostgreSQL, as compose files and, for tests, as processes."""
