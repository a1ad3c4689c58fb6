"""The MQTT broker: Mosquitto with mutual TLS, as a system service or as a child process."""
