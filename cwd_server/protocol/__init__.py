"""MCP without I/O: lines in, lines and calls out."""
