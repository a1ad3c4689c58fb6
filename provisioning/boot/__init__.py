"""Boots a card's image in QEMU against a real hub, has it print, and cuts its power: `scripts/boot`."""
