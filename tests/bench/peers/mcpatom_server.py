"""get_cwd with mcpatom."""

import os

from mcpatom import Server

server = Server("cwd")


@server.tool
def get_cwd() -> str:
    """Gets the server's current working directory."""
    return "Current Working Directory: " + os.getcwd()


server.serve_stdio()
