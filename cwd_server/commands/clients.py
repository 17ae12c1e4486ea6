"""The clients that `config` knows, from their documentation or source; TRIED ones were watched."""

import base64
import json
import os
import shlex
import subprocess
import sys
from typing import Any, NamedTuple
from urllib.parse import quote

STANDARD = {"command": "{command}", "args": "{args}"}  # the entry of most; what is in braces is filled in


class Client(NamedTuple):
    """A client, with the files of the user's and a project's servers, their format and key, its own way to add one."""

    title: str
    file: str  # the path on Windows may follow behind a |, and {app} is where a system keeps applications' data
    project: str = ""
    kind: str = "json mcpServers"
    add: str = ""
    note: str = ""
    shape: "dict[str, Any]" = STANDARD

    def path(self, platform: str = sys.platform) -> str:
        """Return the user's file as one writes it on a platform."""
        app = {"win32": "%APPDATA%", "darwin": "~/Library/Application Support"}.get(platform, "~/.config")
        path = self.file.split("|")[-1 if platform == "win32" else 0].replace("{app}", app)
        return path.replace("/", "\\") if platform == "win32" else path

    def entry(self, name: str, words: "list[str]") -> "dict[str, Any]":
        """Return the entry `name` that starts `words`."""
        fills = {"{name}": name, "{command}": words[0], "{args}": words[1:], "{words}": words}
        return {field: fills.get(str(value), value) for field, value in self.shape.items()}

    def own_way(self, name: str, words: "list[str]", scope: str) -> str:
        """Return the client's own command or link to add a server; scope: "user" or "project"."""
        shell = subprocess.list2cmdline if os.name == "nt" else lambda words: " ".join(map(shlex.quote, words))
        entry = self.entry(name, words)
        text = json.dumps(entry)
        return self.add.format(
            name=shell([name]), words=shell(words), command=shell(words[:1]), args=shell(words[1:]), scope=scope,
            json=shell([json.dumps({"name": name, **entry})]), uri_name=quote(name, ""), uri_json=quote(text, ""),
            uri_base64=quote(base64.b64encode(text.encode("ascii")), ""),
        )  # fmt: skip


def words_of(entry: Any) -> "list[str]":
    """Return the words that an entry of any client starts, [] for none."""
    if not isinstance(entry, dict):
        return []
    entry = entry["transport"] if isinstance(entry.get("transport"), dict) else entry  # as Cline writes it
    command, args = entry.get("command") or entry.get("cmd"), entry.get("args") or []
    parts = [part if isinstance(part, list) else [part] for part in (command, args)] if command else []
    return [str(word) for part in parts for word in part]


CLIENTS = {
    "claude-desktop": Client("Claude Desktop", "{app}/Claude/claude_desktop_config.json",
        note="the Store's edition on Windows reads %LOCALAPPDATA%\\Packages\\Claude_*\\LocalCache\\Roaming\\Claude\\"),
    "claude-code": Client("Claude Code", "~/.claude.json", ".mcp.json",
        add="claude mcp add {name} -s {scope} -- {words}"),
    "cursor": Client("Cursor", "~/.cursor/mcp.json", ".cursor/mcp.json",
        add="cursor://anysphere.cursor-deeplink/mcp/install?name={uri_name}&config={uri_base64}"),
    "vscode": Client("VS Code", "{app}/Code/User/mcp.json", ".vscode/mcp.json", "json servers",
        "code --add-mcp {json}", shape={"type": "stdio", **STANDARD}),
    "windsurf": Client("Windsurf", "~/.config/devin/mcp_config.json|%APPDATA%/devin/mcp_config.json",
        ".devin/mcp_config.json"),
    "cline": Client("Cline", "~/.cline/data/settings/cline_mcp_settings.json",
        add="cline mcp add {name} --yes -- {words}"),
    "zed": Client("Zed", "~/.config/zed/settings.json|%APPDATA%/Zed/settings.json", ".zed/settings.json",
        "json context_servers"),
    "codex": Client("Codex CLI", "~/.codex/config.toml", ".codex/config.toml", "toml mcp_servers",
        "codex mcp add {name} -- {words}"),
    "gemini": Client("Gemini CLI", "~/.gemini/settings.json", ".gemini/settings.json",
        add="gemini mcp add -s {scope} {name} {command} -- {args}"),
    "continue": Client("Continue", "~/.continue/config.yaml", ".continue/mcpServers/cwd_server.yaml", "list mcpServers",
        note="a file of its own also needs `name`, `version` and `schema: v1` at its top",
        shape={"name": "{name}", **STANDARD}),
    "lm-studio": Client("LM Studio", "~/.lmstudio/mcp.json",
        add="lmstudio://add_mcp?name={uri_name}&config={uri_base64}"),
    "goose": Client("Goose", "~/.config/goose/config.yaml|%APPDATA%/Block/goose/config/config.yaml", "",
        "yaml extensions", "goose configure", shape={"type": "stdio", "name": "{name}", "enabled": True,
        "cmd": "{command}", "args": "{args}", "timeout": 300}),
    "kiro": Client("Kiro", "~/.kiro/settings/mcp.json", ".kiro/settings/mcp.json",
        add="https://kiro.dev/launch/mcp/add?name={uri_name}&config={uri_json}"),
    "opencode": Client("opencode", "~/.config/opencode/opencode.json", "opencode.json", "json mcp",
        "opencode mcp add {name} -- {words}", shape={"type": "local", "command": "{words}"}),
    "copilot-cli": Client("Copilot CLI", "~/.copilot/mcp-config.json", ".mcp.json",
        add="copilot mcp add {name} -- {words}", shape={"type": "local", "tools": ["*"], **STANDARD}),
    "warp": Client("Warp", "~/.warp/.mcp.json", ".warp/.mcp.json"),
}  # fmt: skip
TRIED = ("claude-code", "cline", "codex", "gemini", "opencode", "copilot-cli")
