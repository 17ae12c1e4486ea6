"""The client of a name that somebody typed, or those that are probably meant."""

import re
from typing import Dict, List, Tuple

from cwd_server.commands.clients.client import Client
from cwd_server.commands.clients.table import CLIENTS
from cwd_server.commands.errors import UsageError
from cwd_server.wording import close_names, suggest

# What people call a client beside its name and title, without signs: its program, its maker, an
# edition of it, or the application that it is part of
_JUNIE = ("junie",)
OTHER_NAMES: Dict[str, Tuple[str, ...]] = {
    "anthropic": ("claude-desktop", "claude-code"),
    "block": ("goose",),
    "chatgpt": ("codex",),
    "claudeai": ("claude-desktop",),
    "code": ("vscode",),
    "codeinsiders": ("vscode",),
    "codeium": ("windsurf",),
    "codium": ("vscode",),
    "copilot": ("copilot-cli", "vscode"),
    "devin": ("windsurf",),
    "goland": _JUNIE,
    "goosedesktop": ("goose",),
    "intellij": _JUNIE,
    "jetbrains": _JUNIE,
    "kilocode": ("kilo",),
    "moonshot": ("kimi",),
    "openai": ("codex",),
    "openaicodex": ("codex",),
    "phpstorm": _JUNIE,
    "pycharm": _JUNIE,
    "q": ("amazon-q",),
    "rider": _JUNIE,
    "warpterminal": ("warp",),
    "webstorm": _JUNIE,
    "zededitor": ("zed",),
}


def find_client(name: str) -> Client:
    """Return the client of a name; raise UsageError that suggests the closest one."""
    if name in CLIENTS:
        return CLIENTS[name]
    meant = suggest(_names_like(name))
    remedy = "`config` lists them"
    if not meant:
        remedy += "; many others take the entry that `config cursor` prints"
    raise UsageError(f"no client '{name}'{meant}; {remedy}")


def _names_like(typed: str) -> "List[str]":
    """Return the names of the clients that may be meant: by what they are called, else close."""
    plain = _plain(typed)
    by_title = {_plain(client.title): name for name, client in CLIENTS.items()}
    if plain in OTHER_NAMES:
        return list(OTHER_NAMES[plain])
    if plain in by_title:
        return [by_title[plain]]
    close = [
        *close_names(typed, CLIENTS),
        *map(by_title.__getitem__, close_names(plain, by_title)),
    ]
    if not close and len(plain) > 3:
        close = [name for title, name in by_title.items() if plain in title]
    return list(dict.fromkeys(close))[:3]


def _plain(name: str) -> str:
    return re.sub("[^a-z0-9]", "", name.lower())
