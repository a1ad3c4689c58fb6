"""API v1 and who may use it; errors are problem documents (RFC 9457)."""
