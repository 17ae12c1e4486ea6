"""What every command is given: the options of its command line, and the name to speak under."""

import argparse
from typing import List, Optional

from cwd_server import location
from cwd_server.app import Offering, Options, Packed, load_offering


class CommandOptions(argparse.Namespace):
    """What a command is asked for: its own arguments, and those of serving.

    cwd, tools, verbose, reload: as Options has them
    packed: what `pack` made the running archive of, or None
    commands: the names of all commands
    """

    cwd: Optional[str]
    tools: List[str]
    verbose: bool
    reload: bool
    packed: Optional[Packed]
    commands: List[str]
    _serving: Options
    _offering: Optional[Offering] = None

    @property
    def offering(self) -> Offering:
        """What is offered, loaded when first asked for; raises DeclarationError."""
        if self._offering is None:
            self._offering = load_offering(self._serving, self.packed)
        return self._offering


def own_name(packed: Optional[Packed]) -> str:
    """Return the name under which this program speaks to the user on stderr."""
    if packed is None:
        return "cwd_server"
    return location.program_name()
