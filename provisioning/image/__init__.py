"""Card images for boards: built without a mount, seeded in place, written and read back, checked."""
