"""Check JSON values against the JSON Schema keywords that tools use."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, Optional


def check(value: "Any", schema: "Dict[str, Any]", path: str = "") -> "Optional[str]":
    """Return what is wrong with `value`, naming the place, or None."""
    unknown = sorted(set(value) - set(schema["properties"]))
    return "unknown argument: %s" % unknown[0] if unknown else None
