"""What a tool is: `Tool`, the decorator `@tool` that makes one, `ToolError`, `Result` and `Call`."""

from cwd_server.toolkit.tool import Call as Call
from cwd_server.toolkit.tool import DeclarationError as DeclarationError
from cwd_server.toolkit.tool import Result as Result
from cwd_server.toolkit.tool import Tool as Tool
from cwd_server.toolkit.tool import ToolError as ToolError
from cwd_server.toolkit.tool import text_block as text_block
from cwd_server.toolkit.tool import tool as tool
