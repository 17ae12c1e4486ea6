"""The clients: a row each, in the order in which `config` lists them."""

from typing import Dict

from cwd_server.commands.clients.client import (
    AddCommand,
    AddLink,
    Client,
    EntryShape,
    Moved,
    everywhere,
    in_application_data,
    in_config_home,
)
from cwd_server.commands.errors import UsageError
from cwd_server.wording import did_you_mean

LOCAL_COMMAND = EntryShape(args=None, env="environment", before=(("type", "local"),))
TYPED = EntryShape(before=(("type", "stdio"),))
UNWATCHED = "nobody has watched it read such an entry"

CLIENTS: Dict[str, Client] = {
    "claude-desktop": Client(
        "Claude Desktop",
        in_application_data("Claude/claude_desktop_config.json"),
        note="the Store's edition on Windows reads"
        " the same file in %LOCALAPPDATA%\\Packages\\Claude_*\\LocalCache\\Roaming\\Claude",
    ),
    "claude-code": Client(
        "Claude Code",
        everywhere(".claude.json"),
        (".mcp.json",),
        folder=everywhere(".claude"),
        moved_by=Moved("CLAUDE_CONFIG_DIR", ".claude.json"),
        add=AddCommand(
            ("claude", "mcp", "add", "{name}", "-s", "{scope}", "{env}", "--", "{argv}"), "-e"
        ),
        locks_file=True,
        verified=True,
    ),
    "cursor": Client(
        "Cursor",
        everywhere(".cursor/mcp.json"),
        (".cursor/mcp.json",),
        add=AddLink("cursor://anysphere.cursor-deeplink/mcp/install?name={name}&config={base64}"),
    ),
    "vscode": Client(
        "VS Code",
        in_application_data("Code/User/mcp.json"),
        (".vscode/mcp.json",),
        "jsonc",
        (("servers",),),
        shape=TYPED,
        add=AddCommand(("code", "--add-mcp", "{json}")),
    ),
    "windsurf": Client(
        "Windsurf",
        in_config_home("devin/mcp_config.json", windows="devin/mcp_config.json"),
        (".devin/mcp_config.json",),
        other_user=(everywhere(".codeium/windsurf/mcp_config.json"),),
    ),
    "cline": Client(
        "Cline",
        everywhere(".cline/data/settings/cline_mcp_settings.json"),
        folder=everywhere(".cline"),
        moved_by=Moved("CLINE_DIR", "data/settings/cline_mcp_settings.json"),
        add=AddCommand(("cline", "mcp", "add", "{name}", "--yes", "--", "{argv}")),
        verified=True,
    ),
    "zed": Client(
        "Zed",
        in_config_home("zed/settings.json", windows="Zed/settings.json"),
        (".zed/settings.json",),
        "jsonc",
        (("context_servers",),),
    ),
    "codex": Client(
        "Codex CLI",
        everywhere(".codex/config.toml"),
        (".codex/config.toml",),
        "toml",
        (("mcp_servers",),),
        moved_by=Moved("CODEX_HOME", "config.toml"),
        add=AddCommand(("codex", "mcp", "add", "{name}", "{env}", "--", "{argv}"), "--env"),
        verified=True,
    ),
    "gemini": Client(
        "Gemini CLI",
        everywhere(".gemini/settings.json"),
        (".gemini/settings.json",),
        "jsonc",
        moved_by=Moved("GEMINI_CLI_HOME", ".gemini/settings.json"),
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
            "-e",
        ),
        verified=True,
    ),
    "continue": Client(
        "Continue",
        everywhere(".continue/config.yaml"),
        (".continue/mcpServers/cwd_server.yaml",),
        "yaml",
        is_list=True,
        shape=EntryShape(name="name"),
        preamble=(("name", "cwd_server"), ("version", "1.0.0"), ("schema", "v1")),
        verified=True,
    ),
    "lm-studio": Client(
        "LM Studio",
        everywhere(".lmstudio/mcp.json"),
        other_user=(everywhere(".cache/lm-studio/mcp.json"),),
        add=AddLink("lmstudio://add_mcp?name={name}&config={base64}"),
    ),
    "goose": Client(
        "Goose",
        in_config_home("goose/config.yaml", windows="Block/goose/config/config.yaml"),
        (),
        "yaml",
        (("extensions",),),
        shape=EntryShape(
            "cmd",
            env="envs",
            name="name",
            before=(("type", "stdio"), ("enabled", True)),
            after=(("timeout", 300),),
        ),
        add=AddCommand(("goose", "configure")),
    ),
    "kiro": Client(
        "Kiro",
        everywhere(".kiro/settings/mcp.json"),
        (".kiro/settings/mcp.json",),
        folder=everywhere(".kiro"),
        add=AddLink("https://kiro.dev/launch/mcp/add?name={name}&config={json}"),
    ),
    "opencode": Client(
        "opencode",
        in_config_home("opencode/opencode.json"),
        ("opencode.json", "opencode.jsonc"),
        "jsonc",
        (("mcp",), ("mcp", "servers")),
        shape=LOCAL_COMMAND,
        other_user=(in_config_home("opencode/opencode.jsonc"),),
        add=AddCommand(("opencode", "mcp", "add", "{name}", "{env}", "--", "{argv}"), "--env"),
        verified=True,
    ),
    "copilot-cli": Client(
        "Copilot CLI",
        everywhere(".copilot/mcp-config.json"),
        (".mcp.json", ".github/mcp.json"),
        shape=EntryShape(before=(("type", "local"), ("tools", ["*"]))),
        moved_by=Moved("COPILOT_HOME", "mcp-config.json"),
        add=AddCommand(("copilot", "mcp", "add", "{name}", "{env}", "--", "{argv}"), "--env"),
        verified=True,
    ),
    "warp": Client(
        "Warp",
        everywhere(".warp/.mcp.json"),
        (".warp/.mcp.json",),
        note="its agent CLI reads ~/.warp_cli/.mcp.json instead",
    ),
    "antigravity": Client(
        "Antigravity",
        everywhere(".gemini/config/mcp_config.json"),
        (".agents/mcp_config.json",),
        other_user=(everywhere(".gemini/antigravity/mcp_config.json"),),
    ),
    "qwen": Client(
        "Qwen Code",
        everywhere(".qwen/settings.json"),
        (".qwen/settings.json",),
        "jsonc",
        moved_by=Moved("QWEN_HOME", "settings.json"),
        verified=True,
    ),
    "kilo": Client(
        "Kilo",
        in_config_home("kilo/kilo.json"),
        ("kilo.json", "kilo.jsonc"),
        "jsonc",
        (("mcp",),),
        shape=LOCAL_COMMAND,
        other_user=(in_config_home("kilo/kilo.jsonc"),),
        verified=True,
    ),
    "droid": Client(
        "Factory droid",
        everywhere(".factory/mcp.json"),
        (".factory/mcp.json",),
        moved_by=Moved("FACTORY_HOME_OVERRIDE", ".factory/mcp.json"),
        verified=True,
    ),
    "grok": Client(
        "Grok Build",
        everywhere(".grok/config.toml"),
        (".grok/config.toml",),
        "toml",
        (("mcp_servers",),),
        note="it leaves out servers with `.` or `__` in their name, without a word",
        moved_by=Moved("GROK_HOME", "config.toml"),
        verified=True,
    ),
    "kimi": Client(
        "Kimi Code",
        everywhere(".kimi-code/mcp.json"),
        (".kimi-code/mcp.json",),
        moved_by=Moved("KIMI_CODE_HOME", "mcp.json"),
        verified=True,
    ),
    "qoder": Client(
        "Qoder CLI",
        everywhere(".qoder/settings.json"),
        (".mcp.json",),
        moved_by=Moved("QODER_CONFIG_DIR", "settings.json"),
        verified=True,
    ),
    "vibe": Client(
        "Mistral Vibe",
        everywhere(".vibe/config.toml"),
        (".vibe/config.toml",),
        "toml",
        (("mcp_servers",),),
        is_list=True,
        shape=EntryShape(name="name", before=(("transport", "stdio"),)),
        moved_by=Moved("VIBE_HOME", "config.toml"),
        verified=True,
    ),
    "openhands": Client(
        "OpenHands",
        everywhere(".openhands/mcp.json"),
        moved_by=Moved("OPENHANDS_PERSISTENCE_DIR", "mcp.json"),
        verified=True,
    ),
    "fast-agent": Client(
        "fast-agent",
        None,
        ("fast-agent.yaml",),
        "yaml",
        (("mcp", "servers"),),
        verified=True,
    ),
    "hermes": Client(
        "Hermes",
        everywhere(".hermes/config.yaml"),
        (),
        "yaml",
        (("mcp_servers",),),
        verified=True,
    ),
    "nanocoder": Client(
        "nanocoder",
        in_config_home("nanocoder/.mcp.json"),
        (".mcp.json",),
        verified=True,
    ),
    "openclaw": Client(
        "OpenClaw",
        everywhere(".openclaw/openclaw.json"),
        keys=(("mcp", "servers"),),
        verified=True,
    ),
    "mcporter": Client(
        "mcporter",
        everywhere(".mcporter/mcporter.json"),
        ("config/mcporter.json",),
        verified=True,
    ),
    "junie": Client(
        "Junie",
        everywhere(".junie/mcp/mcp.json"),
        (".junie/mcp/mcp.json",),
        folder=everywhere(".junie"),
    ),
    "visual-studio": Client(
        "Visual Studio",
        everywhere(".mcp.json"),
        (".mcp.json",),
        keys=(("servers",),),
        shape=TYPED,
        note=UNWATCHED + "; it runs on Windows only",
        writable=False,
    ),
    "roo-code": Client(
        "Roo Code",
        in_application_data(
            "Code/User/globalStorage/rooveterinaryinc.roo-cline/settings/mcp_settings.json"
        ),
        (".roo/mcp.json",),
        note=UNWATCHED,
        writable=False,
    ),
    "amp": Client(
        "Amp",
        everywhere(".config/amp/settings.json"),
        (".amp/settings.json",),
        keys=(("amp.mcpServers",),),
        note="it asks before it starts what a project's file names",
    ),
    "crush": Client(
        "Crush",
        in_config_home("crush/crush.json"),
        ("crush.json", ".crush.json"),
        keys=(("mcp",),),
        shape=TYPED,
    ),
    "amazon-q": Client(
        "Amazon Q CLI",
        everywhere(".aws/amazonq/mcp.json"),
        (".amazonq/mcp.json",),
    ),
    "augment": Client(
        "Augment",
        everywhere(".augment/settings.json"),
        shape=TYPED,
        note=UNWATCHED,
        writable=False,
    ),
    "trae": Client(
        "Trae",
        None,
        (".trae/mcp.json",),
        note=UNWATCHED + "; servers of all projects are added in the app",
        writable=False,
    ),
}


def find_client(name: str) -> Client:
    """Return the client of a name; raise UsageError that suggests the closest one."""
    if name not in CLIENTS:
        raise UsageError(f"no client '{name}'{did_you_mean(name, CLIENTS)}; `config` lists them")
    return CLIENTS[name]
