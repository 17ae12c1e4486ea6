"""cwd_server: an MCP server in one file that tells which directory it was started in."""

TYPE_CHECKING = False
if TYPE_CHECKING:  # nobody else needs typing, which takes longer to import than all that serves
    from typing import Any as Any
    from typing import Callable as Callable
    from typing import Iterator as Iterator

    JSON = dict[str, Any]
else:  # annotations do with this, as nobody reads them
    JSON = Any = Callable = Iterator = None

__version__ = "1.0.0"
