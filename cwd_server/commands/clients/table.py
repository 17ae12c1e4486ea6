"""The clients: a row each, in the order in which `config` lists them."""

import re
from typing import Dict, List

from cwd_server.commands.clients.client import (
    APP_DATA,
    CONFIG_HOME,
    HOME,
    AddCommand,
    AddLink,
    Client,
    EntryShape,
    Location,
    Moved,
    Places,
    everywhere,
    in_application_data,
    in_config_home,
)
from cwd_server.commands.errors import UsageError
from cwd_server.wording import close_names, suggest

LOCAL_COMMAND = EntryShape(args=None, env="environment", before=(("type", "local"),))
TYPED = EntryShape(before=(("type", "stdio"),))
UNWATCHED = "nobody has watched it read such an entry"

CLIENTS: Dict[str, Client] = {
    "claude-desktop": Client(
        "Claude Desktop",
        user=in_application_data("Claude/claude_desktop_config.json"),
        note="the Store's edition on Windows reads"
        " the same file in %LOCALAPPDATA%\\Packages\\Claude_*\\LocalCache\\Roaming\\Claude",
    ),
    "claude-code": Client(
        "Claude Code",
        user=everywhere(".claude.json"),
        project=(".mcp.json",),
        folder=everywhere(".claude"),
        moved_by=(Moved("CLAUDE_CONFIG_DIR", ".claude.json"),),
        add=AddCommand(
            ("claude", "mcp", "add", "{name}", "-s", "{scope}", "{env}", "--", "{argv}"),
            env_option="-e",
        ),
        locks_file=True,
        verified=True,
    ),
    "cursor": Client(
        "Cursor",
        user=everywhere(".cursor/mcp.json"),
        project=(".cursor/mcp.json",),
        add=AddLink("cursor://anysphere.cursor-deeplink/mcp/install?name={name}&config={base64}"),
    ),
    "vscode": Client(
        "VS Code",
        user=in_application_data("Code/User/mcp.json"),
        project=(".vscode/mcp.json",),
        format="jsonc",
        keys=(("servers",),),
        shape=TYPED,
        add=AddCommand(("code", "--add-mcp", "{json}")),
    ),
    "windsurf": Client(
        "Windsurf",
        user=in_config_home("devin/mcp_config.json", windows="devin/mcp_config.json"),
        project=(".devin/mcp_config.json",),
        other_user=(everywhere(".codeium/windsurf/mcp_config.json"),),
    ),
    "cline": Client(
        "Cline",
        user=everywhere(".cline/data/settings/cline_mcp_settings.json"),
        folder=everywhere(".cline"),
        moved_by=(
            Moved("CLINE_MCP_SETTINGS_PATH", ""),
            Moved("CLINE_DATA_DIR", "settings/cline_mcp_settings.json"),
            Moved("CLINE_DIR", "data/settings/cline_mcp_settings.json"),
        ),
        add=AddCommand(("cline", "mcp", "add", "{name}", "--yes", "--", "{argv}")),
        verified=True,
    ),
    "zed": Client(
        "Zed",
        user=in_config_home("zed/settings.json", windows="Zed/settings.json"),
        project=(".zed/settings.json",),
        format="jsonc",
        keys=(("context_servers",),),
    ),
    "codex": Client(
        "Codex CLI",
        user=everywhere(".codex/config.toml"),
        project=(".codex/config.toml",),
        format="toml",
        keys=(("mcp_servers",),),
        moved_by=(Moved("CODEX_HOME", "config.toml"),),
        add=AddCommand(
            ("codex", "mcp", "add", "{name}", "{env}", "--", "{argv}"), env_option="--env"
        ),
        verified=True,
    ),
    "gemini": Client(
        "Gemini CLI",
        user=everywhere(".gemini/settings.json"),
        project=(".gemini/settings.json",),
        format="jsonc",
        moved_by=(Moved("GEMINI_CLI_HOME", ".gemini/settings.json"),),
        add=AddCommand(
            (
                "gemini",
                "mcp",
                "add",
                "-s",
                "{scope}",
                "{env}",
                "{name}",
                "{command}",
                "--",
                "{args}",
            ),
            env_option="-e",
        ),
        verified=True,
    ),
    "continue": Client(
        "Continue",
        user=everywhere(".continue/config.yaml"),
        project=(".continue/mcpServers/cwd_server.yaml",),
        format="yaml",
        is_list=True,
        shape=EntryShape(name="name"),
        preamble=(("name", "cwd_server"), ("version", "1.0.0"), ("schema", "v1")),
        moved_by=(Moved("CONTINUE_GLOBAL_DIR", "config.yaml"),),
        verified=True,
    ),
    "lm-studio": Client(
        "LM Studio",
        user=everywhere(".lmstudio/mcp.json"),
        other_user=(everywhere(".cache/lm-studio/mcp.json"),),
        add=AddLink("lmstudio://add_mcp?name={name}&config={base64}"),
    ),
    "goose": Client(
        "Goose",
        user=in_config_home("goose/config.yaml", windows="Block/goose/config/config.yaml"),
        format="yaml",
        keys=(("extensions",),),
        shape=EntryShape(
            "cmd",
            env="envs",
            name="name",
            before=(("type", "stdio"), ("enabled", True)),
            after=(("timeout", 300),),
        ),
        moved_by=(Moved("GOOSE_PATH_ROOT", "config/config.yaml"),),
        add=AddCommand(("goose", "configure")),
    ),
    "kiro": Client(
        "Kiro",
        user=everywhere(".kiro/settings/mcp.json"),
        project=(".kiro/settings/mcp.json",),
        folder=everywhere(".kiro"),
        add=AddLink("https://kiro.dev/launch/mcp/add?name={name}&config={json}"),
    ),
    "opencode": Client(
        "opencode",
        user=in_config_home("opencode/opencode.json"),
        project=("opencode.json", "opencode.jsonc"),
        format="jsonc",
        keys=(("mcp",), ("mcp", "servers")),
        shape=LOCAL_COMMAND,
        other_user=(in_config_home("opencode/opencode.jsonc"),),
        add=AddCommand(
            ("opencode", "mcp", "add", "{name}", "{env}", "--", "{argv}"), env_option="--env"
        ),
        verified=True,
    ),
    "copilot-cli": Client(
        "Copilot CLI",
        user=everywhere(".copilot/mcp-config.json"),
        project=(".mcp.json", ".github/mcp.json"),
        shape=EntryShape(before=(("type", "local"), ("tools", ["*"]))),
        moved_by=(Moved("COPILOT_HOME", "mcp-config.json"),),
        add=AddCommand(
            ("copilot", "mcp", "add", "{name}", "{env}", "--", "{argv}"), env_option="--env"
        ),
        verified=True,
    ),
    "warp": Client(
        "Warp",
        user=everywhere(".warp/.mcp.json"),
        project=(".warp/.mcp.json",),
        note="its agent CLI reads ~/.warp_cli/.mcp.json instead",
    ),
    "antigravity": Client(
        "Antigravity",
        user=everywhere(".gemini/config/mcp_config.json"),
        project=(".agents/mcp_config.json",),
        other_user=(everywhere(".gemini/antigravity/mcp_config.json"),),
    ),
    "qwen": Client(
        "Qwen Code",
        user=everywhere(".qwen/settings.json"),
        project=(".qwen/settings.json",),
        format="jsonc",
        moved_by=(Moved("QWEN_HOME", "settings.json"),),
        verified=True,
    ),
    "kilo": Client(
        "Kilo",
        user=in_config_home("kilo/kilo.json"),
        project=("kilo.json", "kilo.jsonc"),
        format="jsonc",
        keys=(("mcp",),),
        shape=LOCAL_COMMAND,
        other_user=(in_config_home("kilo/kilo.jsonc"),),
        verified=True,
    ),
    "droid": Client(
        "Factory droid",
        user=everywhere(".factory/mcp.json"),
        project=(".factory/mcp.json",),
        moved_by=(Moved("FACTORY_HOME_OVERRIDE", ".factory/mcp.json"),),
        verified=True,
    ),
    "grok": Client(
        "Grok Build",
        user=everywhere(".grok/config.toml"),
        project=(".grok/config.toml",),
        format="toml",
        keys=(("mcp_servers",),),
        note="it leaves out servers with `.` or `__` in their name, without a word",
        moved_by=(Moved("GROK_HOME", "config.toml"),),
        verified=True,
    ),
    "kimi": Client(
        "Kimi Code",
        user=everywhere(".kimi-code/mcp.json"),
        project=(".kimi-code/mcp.json",),
        moved_by=(Moved("KIMI_CODE_HOME", "mcp.json"),),
        verified=True,
    ),
    "qoder": Client(
        "Qoder CLI",
        user=everywhere(".qoder/settings.json"),
        project=(".mcp.json",),
        moved_by=(Moved("QODER_CONFIG_DIR", "settings.json"),),
        verified=True,
    ),
    "vibe": Client(
        "Mistral Vibe",
        user=everywhere(".vibe/config.toml"),
        project=(".vibe/config.toml",),
        format="toml",
        keys=(("mcp_servers",),),
        is_list=True,
        shape=EntryShape(name="name", before=(("transport", "stdio"),)),
        moved_by=(Moved("VIBE_HOME", "config.toml"),),
        verified=True,
    ),
    "openhands": Client(
        "OpenHands",
        user=everywhere(".openhands/mcp.json"),
        moved_by=(Moved("OPENHANDS_PERSISTENCE_DIR", "mcp.json"),),
        verified=True,
    ),
    "fast-agent": Client(
        "fast-agent",
        user=None,
        project=("fast-agent.yaml",),
        format="yaml",
        keys=(("mcp", "servers"),),
        verified=True,
    ),
    "hermes": Client(
        "Hermes",
        user=everywhere(".hermes/config.yaml"),
        moved_by=(Moved("HERMES_HOME", "config.yaml"),),
        format="yaml",
        keys=(("mcp_servers",),),
        verified=True,
    ),
    "nanocoder": Client(
        "nanocoder",
        user=Places(
            Location(CONFIG_HOME, "nanocoder/.mcp.json"),
            Location(HOME, "Library/Preferences/nanocoder/.mcp.json"),
            Location(APP_DATA, "nanocoder/.mcp.json"),
        ),
        project=(".mcp.json",),
        moved_by=(Moved("NANOCODER_CONFIG_DIR", ".mcp.json"),),
        verified=True,
    ),
    "openclaw": Client(
        "OpenClaw",
        user=everywhere(".openclaw/openclaw.json"),
        moved_by=(
            Moved("OPENCLAW_CONFIG_PATH", ""),
            Moved("OPENCLAW_STATE_DIR", "openclaw.json"),
            Moved("OPENCLAW_HOME", ".openclaw/openclaw.json"),
        ),
        format="jsonc",
        keys=(("mcp", "servers"),),
        verified=True,
    ),
    "mcporter": Client(
        "mcporter",
        user=everywhere(".mcporter/mcporter.json"),
        project=("config/mcporter.json",),
        moved_by=(
            Moved("MCPORTER_CONFIG", ""),
            Moved("XDG_CONFIG_HOME", "mcporter/mcporter.json", unless_usual=True),
        ),
        verified=True,
    ),
    "junie": Client(
        "Junie",
        user=everywhere(".junie/mcp/mcp.json"),
        project=(".junie/mcp/mcp.json",),
        folder=everywhere(".junie"),
    ),
    "visual-studio": Client(
        "Visual Studio",
        user=everywhere(".mcp.json"),
        project=(".mcp.json",),
        keys=(("servers",),),
        shape=TYPED,
        note=UNWATCHED + "; it runs on Windows only",
        writable=False,
    ),
    "roo-code": Client(
        "Roo Code",
        user=in_application_data(
            "Code/User/globalStorage/rooveterinaryinc.roo-cline/settings/mcp_settings.json"
        ),
        project=(".roo/mcp.json",),
        note=UNWATCHED,
        writable=False,
    ),
    "amp": Client(
        "Amp",
        user=everywhere(".config/amp/settings.json"),
        project=(".amp/settings.json",),
        keys=(("amp.mcpServers",),),
        moved_by=(Moved("AMP_SETTINGS_FILE", ""),),
        note="it asks before it starts what a project's file names",
    ),
    "crush": Client(
        "Crush",
        user=in_config_home("crush/crush.json"),
        project=("crush.json", ".crush.json"),
        moved_by=(Moved("CRUSH_GLOBAL_CONFIG", "crush.json"),),
        keys=(("mcp",),),
        shape=TYPED,
    ),
    "amazon-q": Client(
        "Amazon Q CLI",
        user=everywhere(".aws/amazonq/mcp.json"),
        project=(".amazonq/mcp.json",),
    ),
    "augment": Client(
        "Augment",
        user=everywhere(".augment/settings.json"),
        shape=TYPED,
        note=UNWATCHED,
        writable=False,
    ),
    "trae": Client(
        "Trae",
        user=None,
        project=(".trae/mcp.json",),
        note=UNWATCHED + "; servers of all projects are added in the app",
        writable=False,
    ),
}


def find_client(name: str) -> Client:
    """Return the client of a name; raise UsageError that suggests the closest one."""
    if name in CLIENTS:
        return CLIENTS[name]
    raise UsageError(f"no client '{name}'{suggest(_names_like(name))}; `config` lists them")


def _names_like(typed: str) -> "List[str]":
    """Return the names of the clients that may be meant: by their title, else the closest ones."""
    plain = _plain(typed)
    by_title = {_plain(client.title): name for name, client in CLIENTS.items()}
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
