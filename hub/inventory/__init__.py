"""The inventory as files, CSV and XLSX: read, looked through row by row, planned, and written again."""
