"""What an archive tells clients and registries about itself."""

import json
from typing import TYPE_CHECKING, Dict, Optional, Sequence

from cwd_server import __version__
from cwd_server.app import SERVER_INFO, Packed
from cwd_server.toolkit.tool import Tool

if TYPE_CHECKING:
    from cwd_server.json_types import JSONObject

DESCRIPTION = (
    "Tells an assistant which directory it was started in; one file, no dependencies but Python"
)


def bundle_manifest(packed: Optional[Packed], offered: Sequence[Tool]) -> bytes:
    """Return `manifest.json`, which makes an archive a bundle that clients install with a click.

    packed: what `pack` was told, or None for this server itself

    https://github.com/modelcontextprotocol/mcpb/blob/main/MANIFEST.md
    """
    name, title, version = SERVER_INFO["name"], SERVER_INFO["title"], SERVER_INFO["version"]
    if packed is not None:
        name, title, version = packed.name, packed.title, packed.version
    manifest: JSONObject = {
        "manifest_version": "0.3",
        "name": name,
        "display_name": title,
        "version": version,
        "description": "An MCP server that offers " + ", ".join(tool.name for tool in offered),
        "author": {"name": f"the {name} authors"},
        "server": {
            "type": "python",
            "entry_point": "__main__.py",
            "mcp_config": _launch(is_packed=packed is not None),
        },
        "tools": [_describe(tool) for tool in offered],
        "compatibility": {
            "platforms": ["darwin", "win32", "linux"],
            "runtimes": {"python": ">=3.6"},
        },
        "user_config": {
            "directory": {
                "type": "directory",
                "title": "Directory",
                "description": "The directory in which the server starts",
                # Which the server expands; the official library leaves "${HOME}" as it is
                "default": "~",
                "required": False,
            }
        },
    }
    return _to_json(manifest).encode("utf-8")


def _launch(is_packed: bool) -> "JSONObject":
    arguments = ["${__dirname}", "--cwd", "${user_config.directory}"]
    if not is_packed:  # a user's tools may import what is installed, which -I and -S hide
        arguments = ["-I", "-S", *arguments]
    return {
        "command": "python3",
        "args": arguments,
        "platform_overrides": {"win32": {"command": "python"}},
    }


def _describe(tool: Tool) -> Dict[str, object]:
    return {key: tool.definition.get(key, "") for key in ("name", "description")}


def registry_entry(repository: str, bundle: str, digest: str) -> bytes:
    """Return `server.json`, with which the MCP registry lists a release.

    repository: OWNER/NAME on GitHub
    bundle: the file name of the release's bundle
    digest: its SHA-256, in hexadecimal

    https://github.com/modelcontextprotocol/registry, docs/reference/server-json
    """
    page = f"https://github.com/{repository}"
    entry: JSONObject = {
        "$schema": "https://static.modelcontextprotocol.io/schemas/2025-12-11/server.schema.json",
        "name": f"io.github.{repository}",
        "title": SERVER_INFO["title"],
        "description": DESCRIPTION,
        "repository": {"url": page, "source": "github"},
        "version": __version__,
        "packages": [
            {
                "registryType": "mcpb",
                "identifier": f"{page}/releases/download/v{__version__}/{bundle}",
                "version": __version__,
                "fileSha256": digest,
                "transport": {"type": "stdio"},
            }
        ],
    }
    return _to_json(entry).encode("ascii")


def _to_json(value: "JSONObject") -> str:
    return json.dumps(value, indent=2) + "\n"
