"""How each client reads its configuration and starts what is in it, as far as somebody saw it.

`None` says that nobody saw it: `check` then warns instead of deciding.
"""

from typing import Dict, NamedTuple, Optional, Tuple

# The ways in which clients write a variable of the environment inside an entry
BRACES = "${V}"
DEFAULTS = "${V:-default}"
DOLLAR = "$V"
ENV_COLON = "${env:V}"
ENV_BRACES = "{env:V}"
WORKSPACE = "${workspaceFolder}"
INPUT = "${input:id}"  # the client asks its user


class Habits(NamedTuple):
    """What one client does with a file and its entries."""

    comments: Optional[bool] = None  # whether JSON may have comments and trailing commas
    honours_cwd: Optional[bool] = None
    variables: Optional[Tuple[str, ...]] = None  # the spellings that it replaces
    env_variables_only: bool = False  # it replaces them in `env` alone
    starts_in_project: bool = False  # for a project's file; else in a directory that nobody knows
    command_is_list: bool = False  # `command` holds the arguments as well
    env_field: str = "env"
    cwd_field: str = "cwd"
    types: Optional[Tuple[str, ...]] = None  # values of `type` that it knows; it refuses others
    needs_type: bool = False  # it refuses an entry without `type`
    url_needs_type: bool = False  # it takes an entry without `type` for a program to start


_SHELL = (BRACES, DEFAULTS, DOLLAR)

UNKNOWN = Habits()

HABITS: Dict[str, Habits] = {
    "claude-desktop": Habits(comments=False, honours_cwd=False),
    "claude-code": Habits(
        comments=False,
        honours_cwd=False,
        variables=(BRACES, DEFAULTS),
        starts_in_project=True,
        types=("stdio", "http", "streamable-http", "sse", "ws", "sse-ide", "ws-ide", "sdk"),
        url_needs_type=True,
    ),
    "cursor": Habits(honours_cwd=False, variables=(WORKSPACE, ENV_COLON), starts_in_project=True),
    "vscode": Habits(
        comments=True,
        honours_cwd=True,
        variables=(WORKSPACE, ENV_COLON, INPUT),
        starts_in_project=True,
    ),
    "visual-studio": Habits(variables=(WORKSPACE, ENV_COLON, INPUT), starts_in_project=True),
    "windsurf": Habits(variables=(ENV_COLON,)),
    "cline": Habits(comments=False, honours_cwd=True, variables=(ENV_COLON,)),
    "roo-code": Habits(comments=False, variables=(ENV_COLON, WORKSPACE)),
    "zed": Habits(comments=True, honours_cwd=False, starts_in_project=True),
    "codex": Habits(honours_cwd=True, variables=(), starts_in_project=True),
    "gemini": Habits(
        comments=True, honours_cwd=True, variables=(BRACES, DOLLAR), starts_in_project=True
    ),
    "qwen": Habits(
        comments=True, honours_cwd=True, variables=(BRACES, DOLLAR), starts_in_project=True
    ),
    "continue": Habits(honours_cwd=True, starts_in_project=True),
    "goose": Habits(honours_cwd=False, variables=(), env_field="envs"),
    "opencode": Habits(
        comments=True,
        honours_cwd=True,
        variables=(ENV_BRACES,),
        starts_in_project=True,
        command_is_list=True,
        env_field="environment",
        types=("local", "remote"),
        needs_type=True,
    ),
    "kilo": Habits(
        comments=True,
        honours_cwd=False,
        variables=(ENV_BRACES,),
        starts_in_project=True,
        command_is_list=True,
        env_field="environment",
    ),
    "copilot-cli": Habits(honours_cwd=True, variables=(BRACES, DOLLAR), starts_in_project=True),
    "warp": Habits(honours_cwd=True, starts_in_project=True, cwd_field="working_directory"),
    "antigravity": Habits(honours_cwd=True),
    "droid": Habits(
        honours_cwd=False, variables=(BRACES,), env_variables_only=True, starts_in_project=True
    ),
    "grok": Habits(honours_cwd=False, variables=_SHELL, starts_in_project=True),
    "kimi": Habits(honours_cwd=True, variables=(), starts_in_project=True),
    "qoder": Habits(honours_cwd=True, variables=_SHELL, starts_in_project=True),
    "vibe": Habits(honours_cwd=True, variables=(), starts_in_project=True),
    "openhands": Habits(honours_cwd=True, variables=(BRACES, DEFAULTS)),
    "fast-agent": Habits(honours_cwd=True, variables=(BRACES,)),
    "hermes": Habits(honours_cwd=False, variables=(BRACES,)),
    "nanocoder": Habits(honours_cwd=False, variables=_SHELL, starts_in_project=True),
    "mcporter": Habits(honours_cwd=True, variables=(BRACES,), starts_in_project=True),
    "openclaw": Habits(comments=True),
    "crush": Habits(comments=False, types=("stdio", "http", "sse"), needs_type=True),
}


def habits_of(client: str) -> Habits:
    """Return what is known of a client, by its name in the list of clients."""
    return HABITS.get(client, UNKNOWN)
