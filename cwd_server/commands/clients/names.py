"""What clients make of the names of servers."""

import re
from typing import List

LONGEST_NAME = 64  # of a server: it goes into the names of its tools, which have a limit

_CHARACTERS = re.compile(r"[A-Za-z0-9_-]+")


def judge_name(name: str) -> "List[str]":
    """Return why some clients drop a server of this name."""
    if "__" in name or "." in name:
        return ["some clients, such as Grok Build, drop a server with . or __ in its name"]
    if not _CHARACTERS.fullmatch(name) or len(name) > LONGEST_NAME:
        return ["its name goes into those of its tools: use 1 to 64 of A-Z a-z 0-9 _ -"]
    return []
