"""What authors of tools import: `from cwd_server.toolkit import tool, Call, ToolError, Image`.

`cwd_server.toolkit.testing` is public too. Nothing else in this package is meant for them.
"""

import sys

from cwd_server.toolkit.call import Call as Call
from cwd_server.toolkit.call import Result as Result
from cwd_server.toolkit.decorator import tool as tool
from cwd_server.toolkit.errors import ToolError as ToolError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cwd_server.toolkit.content import Audio as Audio
    from cwd_server.toolkit.content import Image as Image
    from cwd_server.toolkit.content import Link as Link
    from cwd_server.toolkit.content import Resource as Resource

__all__ = ["Audio", "Call", "Image", "Link", "Resource", "Result", "ToolError", "tool"]

# Loaded when one of them is named, as get_cwd needs none
_CONTENT = ("Audio", "Image", "Link", "Resource")


def __getattr__(name: str) -> object:
    if name not in _CONTENT:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from cwd_server.toolkit import content

    return getattr(content, name)


if sys.version_info < (3, 7):  # which does not look for a module's __getattr__

    class _Package(type(sys)):
        def __getattr__(self, name):
            return __getattr__(name)

    sys.modules[__name__].__class__ = _Package
