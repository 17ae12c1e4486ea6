"""Which servers of a file are switched off: in their entry, or in a list of names beside them."""

import json
import os
from typing import Dict, List, Set

_OFF_LISTS = ("disabledMcpServers", "disabledMcpjsonServers", "excludeMCPServers")
_ON_LISTS = ("allowMCPServers",)  # nothing but these is started
_PROJECT_SETTINGS = (".claude/settings.json", ".claude/settings.local.json")
_LONGEST_SETTINGS = 1024 * 1024  # bytes


class Switches:
    """Lists of names that a client starts, or does not."""

    def __init__(self) -> None:
        self._off: Dict[str, str] = {}  # the list that has it, by name
        self._on: Set[str] = set()
        self._on_list = ""

    def add(self, settings: "Dict[str, object]") -> None:
        """Take the lists at the top of a client's settings."""
        inner = settings.get("mcp")
        for name in _OFF_LISTS:
            self._add_off(settings.get(name), name)
        for name in _ON_LISTS:
            self._add_on(settings.get(name), name)
        if isinstance(inner, dict):  # Gemini CLI and those made from it
            self._add_off(inner.get("excluded"), "mcp.excluded")
            self._add_on(inner.get("allowed"), "mcp.allowed")

    def _add_off(self, names: object, where: str) -> None:
        for name in _strings(names):
            self._off[name] = where

    def _add_on(self, names: object, where: str) -> None:
        if isinstance(names, list):
            self._on.update(_strings(names))
            self._on_list = where

    def why_off(self, name: str, entry: object) -> str:
        """Return why a client does not start a server; an empty text if it does."""
        if isinstance(entry, dict):
            if entry.get("disabled") is True:
                return "`disabled` is true"
            for field in ("enabled", "isActive"):
                if entry.get(field) is False:
                    return f"`{field}` is false"
        if name in self._off:
            return f"it is in `{self._off[name]}`"
        if self._on_list and name not in self._on:
            return f"it is not in `{self._on_list}`"
        return ""


def project_switches(project: str) -> Switches:
    """Return the lists that a project keeps for Claude Code, beside its .mcp.json."""
    switches = Switches()
    for name in _PROJECT_SETTINGS:
        try:
            with open(os.path.join(project, name), "rb") as file:
                settings = json.loads(file.read(_LONGEST_SETTINGS).decode("utf-8-sig"))
        except (OSError, ValueError, RecursionError):  # not there, or not for us to judge
            continue
        if isinstance(settings, dict):
            switches.add(settings)
    return switches


def _strings(names: object) -> "List[str]":
    if not isinstance(names, list):
        return []
    return [name for name in names if isinstance(name, str)]
