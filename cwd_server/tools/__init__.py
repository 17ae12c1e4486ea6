"""What this server offers."""

from cwd_server.toolkit.tool import tools_of
from cwd_server.tools.get_cwd import get_cwd

# For the model, when it opens a session
INSTRUCTIONS = (
    "Call get_cwd to learn which directory this server was started in "
    "before relying on relative paths."
)

TOOLS = tools_of(get_cwd)
