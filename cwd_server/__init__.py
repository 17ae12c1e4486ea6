"""cwd_server: an MCP server in one file that tells which directory it was started in."""

__version__ = "1.0.0"
