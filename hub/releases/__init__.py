"""Releases of the edge software at the hub: uploaded, checked, sent out in waves."""
