"""What a device of each class may be set to, as the classes themselves describe it in wire/device_settings.json."""
