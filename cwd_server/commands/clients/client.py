"""What is known about a client: where its file is, and what an entry in it looks like.

The clients themselves are rows of `clients/table.py`. Each fact there comes from the client's
documentation or source; a client that is `verified` was watched, on Linux, as it read such an
entry and started the server.
"""

import os
import sys
from typing import Dict, List, Mapping, NamedTuple, Optional, Tuple, Union

from cwd_server.commands.errors import CommandError
from cwd_server.commands.home import find_home, require_absolute

HOME = "~"
CONFIG_HOME = "~/.config"  # or wherever XDG_CONFIG_HOME says
APPLICATION_SUPPORT = "~/Library/Application Support"
APP_DATA = "%APPDATA%"
LOCAL_APP_DATA = "%LOCALAPPDATA%"
# Variables of the system, not of a client
_OF_THE_SYSTEM = ("HOME", "USERPROFILE", "APPDATA", "LOCALAPPDATA")
LARGEST_FILE = 64 << 20  # bytes; clients' files are a few megabytes at the most


class Location(NamedTuple):
    """A file or folder below one of the folders above; `path` is separated by slashes."""

    base: str
    path: str


class Places(NamedTuple):
    """Where one file is on each platform."""

    linux: Location
    macos: Location
    windows: Location

    def on(self, platform: str) -> Location:
        """Return the location on a platform, named as `sys.platform` does."""
        if platform == "win32":
            return self.windows
        if platform == "darwin":
            return self.macos
        return self.linux


class Moved(NamedTuple):
    """A variable that names a folder of a client, and where its file is in there.

    `path` is "" if the variable names the file itself.
    """

    variable: str
    path: str
    unless_usual: bool = False  # but not if the usual file is there, and this one is not


class EntryShape(NamedTuple):
    """The fields of an entry."""

    command: str = "command"
    args: Optional[str] = "args"  # None: `command` holds all of the command line
    env: str = "env"
    name: Optional[str] = None  # the field that repeats the entry's name
    before: Tuple[Tuple[str, object], ...] = ()  # constant fields in front of the command
    after: Tuple[Tuple[str, object], ...] = ()  # constant fields at the end

    def make(self, name: str, argv: "List[str]", env: "Mapping[str, str]") -> "Dict[str, object]":
        """Return the entry that starts `argv`."""
        entry: Dict[str, object] = {}
        if self.name is not None:
            entry[self.name] = name
        entry.update(self.before)
        entry.update(self.make_launch(argv))
        if env:
            entry[self.env] = dict(env)
        entry.update(self.after)
        return entry

    def make_launch(self, argv: "List[str]") -> "Dict[str, object]":
        """Return the fields that say what is started."""
        if self.args is None:
            return {self.command: list(argv)}
        return {self.command: argv[0], self.args: list(argv[1:])}


class AddCommand(NamedTuple):
    """A client's own command that adds a server.

    `{name}` and `{scope}` in it are replaced; `{argv}` becomes the server's command line,
    `{command}` and `{args}` its parts, `{env}` the variables, each behind `env_option`, and
    `{json}` the entry with its name.
    """

    argv: Tuple[str, ...]
    env_option: str = ""  # "": the command cannot set variables


class AddLink(NamedTuple):
    """A link that makes a client add a server.

    `{name}`, `{json}` and `{base64}` in it are replaced.
    """

    template: str


class Client(NamedTuple):
    """One client, and how it is configured."""

    title: str
    user: Optional[Places]  # None: it has no such file
    project: Tuple[str, ...] = ()  # the files that it reads in a project; a new one is the first
    format: str = "json"  # "jsonc": with comments; "toml"; "yaml"
    # Paths to the entries; in a new file, the first
    keys: Tuple[Tuple[str, ...], ...] = (("mcpServers",),)
    is_list: bool = False  # the entries are a list, and name themselves
    shape: EntryShape = EntryShape()
    # Files that it reads as well: taken if `user` is not there, and one of them is
    other_user: Tuple[Places, ...] = ()
    # What is there if the client is installed; None: the folder of `user`
    folder: Optional[Places] = None
    moved_by: Tuple[Moved, ...] = ()  # the first that is set counts
    add: Union[AddCommand, AddLink, None] = None  # its own way to add a server
    preamble: Tuple[Tuple[str, object], ...] = ()  # what a new file needs beside the entries
    note: str = ""
    locks_file: bool = False  # it makes a folder FILE.lock while it writes
    verified: bool = False  # watched on Linux
    # False: nobody has watched it, and its documentation is too thin to write its files
    writable: bool = True

    def user_file(self, environ: "Mapping[str, str]" = os.environ) -> str:
        """Return the absolute path of the user's file.

        Raise CommandError where that cannot be known.
        """
        if self.user is None:
            raise CommandError(f"{self.title} keeps servers in projects only: add --project")
        moved = self._moved_to(environ)
        if moved is not None:
            return moved
        path = resolve(self.user, environ)
        if not os.path.lexists(path):
            for places in self.other_user:
                other = resolve(places, environ)
                if os.path.exists(other):
                    return other
        return path

    def is_moved(self, environ: "Mapping[str, str]" = os.environ) -> bool:
        """Say whether a variable of the client, or of XDG, decides where the user's file is."""
        usual = {name: environ[name] for name in _OF_THE_SYSTEM if name in environ}
        try:
            return self.user_file(environ) != self.user_file(usual)
        except CommandError:  # there is no other place
            return True

    def project_file(self, directory: str) -> str:
        """Return the path of the file in a project; raise CommandError if the client has none."""
        if not self.project:
            raise CommandError(f"{self.title} keeps no servers in a project")
        paths = [os.path.join(directory, *path.split("/")) for path in self.project]
        for path in paths:
            if os.path.lexists(path):
                return path
        return paths[0]

    def is_installed(self, environ: "Mapping[str, str]" = os.environ) -> bool:
        """Say whether the client's file, or a folder of its own, is there."""
        path = self.user_file(environ)
        if os.path.lexists(path):
            return True
        folder = os.path.dirname(path)
        if self.folder is not None and self._moved_to(environ) is None:
            folder = resolve(self.folder, environ)
        is_own = os.path.realpath(folder) != os.path.realpath(find_home(environ))
        return is_own and os.path.isdir(folder)

    def _moved_to(self, environ: "Mapping[str, str]") -> Optional[str]:
        for moved in self.moved_by:
            place = environ.get(moved.variable)
            if not place:
                continue
            place = require_absolute(place, moved.variable)
            if moved.path:
                place = os.path.join(place, *moved.path.split("/"))
            if moved.unless_usual and not os.path.lexists(place) and self._has_usual(environ):
                continue
            return place
        return None

    def _has_usual(self, environ: "Mapping[str, str]") -> bool:
        return self.user is not None and os.path.lexists(resolve(self.user, environ))


def everywhere(path: str) -> Places:
    """Return the places of a file that is below the home directory on every platform."""
    location = Location(HOME, path)
    return Places(location, location, location)


def in_config_home(path: str, windows: str = "") -> Places:
    """Return the places of a file below `~/.config`; `windows`: where in %APPDATA% it is there."""
    unix = Location(CONFIG_HOME, path)
    if windows:
        return Places(unix, unix, Location(APP_DATA, windows))
    return Places(unix, unix, Location(HOME, f".config/{path}"))


def in_application_data(path: str) -> Places:
    """Return the places of a file where each platform keeps the data of applications."""
    return Places(
        Location(CONFIG_HOME, path), Location(APPLICATION_SUPPORT, path), Location(APP_DATA, path)
    )


def describe(places: Places, platform: str) -> str:
    """Return a file's path as one writes it for people on a platform."""
    base, path = places.on(platform)
    if platform == "win32":
        return f"{base}\\{path}".replace("/", "\\")
    return f"{base}/{path}"


def resolve(places: Places, environ: "Mapping[str, str]", platform: str = sys.platform) -> str:
    """Return a file's absolute path; raise CommandError where it cannot be known."""
    base, path = places.on(platform)
    return os.path.join(_find_base(base, environ), *path.split("/"))


def _find_base(base: str, environ: "Mapping[str, str]") -> str:
    if base == CONFIG_HOME:
        folder = environ.get("XDG_CONFIG_HOME")
        if folder:
            return require_absolute(folder, "XDG_CONFIG_HOME")
    if base in (APP_DATA, LOCAL_APP_DATA):
        variable = base.strip("%")
        return require_absolute(environ.get(variable, ""), variable)
    below_home = base.split("/")[1:]
    return os.path.join(find_home(environ), *below_home)
