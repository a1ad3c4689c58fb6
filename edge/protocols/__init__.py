"""Pure codecs that more than one device class speaks."""
