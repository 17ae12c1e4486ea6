"""Whose a directory is, if it is no project of the user's: the system's, an installer's, an app's.

Apps and package runners start servers in folders of their own. /opt and /app are not here, since
projects lie there.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Optional

# The beginnings of paths that belong to the system, and what below them belongs to users after all
SYSTEM_FOLDERS = (
    "/usr/",
    "/bin/",
    "/sbin/",
    "/lib/",
    "/lib64/",
    "/etc/",
    "/snap/",
    "/nix/store/",
    "/gnu/store/",
    "/system/",  # macOS
    "/applications/",
    "/windows/",
    "/program files/",
    "/program files (x86)/",
    "/programdata/",
)
USERS_FOLDERS = ("/usr/src/", "/usr/home/", "/usr/local/src/")

# Parts of paths, and whose they are
OWNERS = {
    "/uv/cache/": "uv",
    "/.cache/uv/": "uv",
    "/uv/tools/": "uv",
    "/archive-v0/": "uv",
    "/.cache/pipx/": "pipx",
    "/pipx/venvs/": "pipx",
    "/_npx/": "npx",
    "/pnpm/dlx/": "pnpm",
    "/.bun/install/": "bun",
    "/node_modules/": "npm",
    "/site-packages/": "pip",
    "/dist-packages/": "pip",
    "/.vscode/extensions/": "a VS Code extension",
    "/.vscode-insiders/extensions/": "a VS Code extension",
    "/.vscode-oss/extensions/": "a VS Code extension",
    "/.vscode-server/": "VS Code",
    "/.vscode-server-insiders/": "VS Code",
    "/.config/code/": "VS Code",
    "/.config/code - insiders/": "VS Code",
    "/.config/vscodium/": "VS Code",
    "/appdata/roaming/code/": "VS Code",
    "/appdata/roaming/code - insiders/": "VS Code",
    "/.cursor/extensions/": "a Cursor extension",
    "/.cursor/plugins/": "a Cursor plugin",
    "/.cursor-server/": "Cursor",
    "/.config/cursor/": "Cursor",
    "/appdata/roaming/cursor/": "Cursor",
    "/.windsurf/extensions/": "a Windsurf extension",
    "/.windsurf-server/": "Windsurf",
    "/.claude/plugins/": "a Claude plugin",
    "/.config/claude/": "Claude",
    "/appdata/roaming/claude/": "Claude",
    "/.codex/plugins/": "a Codex plugin",
    "/.gemini/extensions/": "a Gemini CLI extension",
    "/.mount_": "an AppImage",  # AppImages are mounted at $TMPDIR/.mount_NAMExxxxxx
    ".app/contents/": "an app",  # macOS
    "/library/application support/": "an app",
    "/.var/app/": "an app",  # Flatpak
    "/var/lib/flatpak/": "an app",
    "/appdata/local/programs/": "an app",
    "/appdata/local/anthropicclaude/": "Claude",
    "/appdata/local/packages/": "an app",
    "/appdata/local/microsoft/windowsapps/": "an app",
    "/.local/share/zed/": "Zed",
    "/.cache/": "a cache",
    "/library/caches/": "a cache",
    "/homebrew/cellar/": "Homebrew",
    "/.linuxbrew/": "Homebrew",
}


# What apps call the folders of their extensions
EXTENSION_FOLDERS = ("extensions", "plugins", "agentplugins")


def owner_of(path: str) -> "Optional[str]":
    """Return whose a directory is, or None if it may well be the user's.

    path: absolute, without a drive, with `/` between names
    """
    path = path.lower().rstrip("/") + "/"  # on Windows and macOS, letter case makes no difference
    if path.startswith(SYSTEM_FOLDERS) and not path.startswith(USERS_FOLDERS):
        return "the system"
    for part, owner in OWNERS.items():
        if part in path:
            return owner
    if _is_versioned_app(path):
        return "an app"
    if _is_extension(path):
        return "an app's extension"
    return None


def _is_versioned_app(path: str) -> bool:
    """Whether it is below AppData/Local/NAME/app-1.2.3, where the installer Squirrel puts apps."""
    _, local, rest = path.partition("/appdata/local/")
    _, version, number = rest.partition("/app-")
    return bool(local and version and number[:1].isdigit())


def _is_extension(path: str) -> bool:
    """Whether the path is below an app's extensions, such as ~/.kiro/extensions/x."""
    names = path.split("/")
    for parent, name, inside in zip(names, names[1:], names[2:]):
        if parent.startswith(".") and name in EXTENSION_FOLDERS and inside:
            return True
    return False
