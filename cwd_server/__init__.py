"""cwd_server: an MCP server in one file that tells which directory it was started in."""

__version__ = "1.0.0"
__title__ = "Current working directory"
SERVER_INFO = {"name": "cwd_server", "title": __title__, "version": __version__}  # as clients are told it
