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


_SHELL = (BRACES, DEFAULTS, DOLLAR)

UNKNOWN = Habits()

HABITS: Dict[str, Habits] = {
    "claude-desktop": Habits(comments=False, honours_cwd=False),
    "claude-code": Habits(False, False, (BRACES, DEFAULTS), starts_in_project=True),
    "cursor": Habits(honours_cwd=False, variables=(WORKSPACE, ENV_COLON), starts_in_project=True),
    "vscode": Habits(True, True, (WORKSPACE, ENV_COLON, INPUT), starts_in_project=True),
    "visual-studio": Habits(variables=(WORKSPACE, ENV_COLON, INPUT), starts_in_project=True),
    "windsurf": Habits(variables=(ENV_COLON,)),
    "cline": Habits(False, True, (ENV_COLON,)),
    "roo-code": Habits(False, None, (ENV_COLON, WORKSPACE)),
    "zed": Habits(True, False, starts_in_project=True),
    "codex": Habits(None, True, (), starts_in_project=True),
    "gemini": Habits(True, True, (BRACES, DOLLAR), starts_in_project=True),
    "qwen": Habits(True, True, (BRACES, DOLLAR), starts_in_project=True),
    "continue": Habits(honours_cwd=True, starts_in_project=True),
    "goose": Habits(None, False, (), env_field="envs"),
    "opencode": Habits(
        True,
        True,
        (ENV_BRACES,),
        starts_in_project=True,
        command_is_list=True,
        env_field="environment",
    ),
    "kilo": Habits(
        True,
        False,
        (ENV_BRACES,),
        starts_in_project=True,
        command_is_list=True,
        env_field="environment",
    ),
    "copilot-cli": Habits(None, True, (BRACES, DOLLAR), starts_in_project=True),
    "warp": Habits(honours_cwd=True, starts_in_project=True, cwd_field="working_directory"),
    "antigravity": Habits(honours_cwd=True),
    "droid": Habits(None, False, (BRACES,), env_variables_only=True, starts_in_project=True),
    "grok": Habits(None, False, _SHELL, starts_in_project=True),
    "kimi": Habits(None, True, (), starts_in_project=True),
    "qoder": Habits(None, True, _SHELL, starts_in_project=True),
    "vibe": Habits(None, True, (), starts_in_project=True),
    "openhands": Habits(None, True, (BRACES, DEFAULTS)),
    "fast-agent": Habits(None, True, (BRACES,)),
    "hermes": Habits(None, False, (BRACES,)),
    "nanocoder": Habits(None, False, _SHELL, starts_in_project=True),
    "mcporter": Habits(None, True, (BRACES,), starts_in_project=True),
    "openclaw": Habits(comments=True),
    "crush": Habits(comments=False),
}


def habits_of(client: str) -> Habits:
    """Return what is known of a client, by its name in the list of clients."""
    return HABITS.get(client, UNKNOWN)
