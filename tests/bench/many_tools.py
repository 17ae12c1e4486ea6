"""As many tools as the environment says."""

import os

from cwd_server.toolkit import tool


def add_tool(number):
    """Offer a tool of a name of its own."""

    def get() -> str:
        """Return its number, which is of no use to anybody but whoever measures."""
        return str(number)

    globals()[f"get_{number}"] = tool(name=f"get_{number}", threaded=False)(get)


for each in range(int(os.environ["MANY_TOOLS"])):
    add_tool(each)
