"""Programs that start another one: which one, with which arguments, and in which folder."""

import shlex
from typing import Dict, Iterator, List, NamedTuple, Optional, Tuple

from cwd_server.commands.check.programs import base_name

MOST_WRAPPERS = 5  # around one another

_SCRIPT_ENDINGS = (".py", ".pyw")


class Wrapper(NamedTuple):
    """What is known of a program that starts another one.

    subcommands: those with which it does; () if it does anyway
    takes_value: options that are followed by a value, beside those of folders
    folders: options that are followed by the folder in which it starts the program
    projects: options that are followed by a folder which it needs, and starts nothing in
    words_before: how many words stand before the program
    after_dashes: whether the program begins behind `--`
    extends_path: whether it finds the program where a client's PATH does not lead
    """

    subcommands: Tuple[str, ...] = ()
    takes_value: Tuple[str, ...] = ()
    folders: Tuple[str, ...] = ()
    projects: Tuple[str, ...] = ()
    words_before: int = 0
    after_dashes: bool = False
    extends_path: bool = False


_CONDA = Wrapper(
    subcommands=("run",),
    takes_value=("-n", "--name", "-p", "--prefix"),
    folders=("--cwd",),
    extends_path=True,
)
_SECRETS = Wrapper(subcommands=("run",), after_dashes=True)
_UV = Wrapper(
    subcommands=("run",),
    takes_value=(
        "--allow-insecure-host", "--cache-dir", "--color", "--config-file", "--config-setting",
        "--config-settings-package", "--default-index", "--env-file", "--exclude-newer",
        "--exclude-newer-package", "--extra", "--extra-index-url", "--find-links",
        "--fork-strategy", "--group", "--index", "--index-strategy", "--index-url",
        "--keyring-provider", "--link-mode", "--no-binary-package", "--no-build-isolation-package",
        "--no-build-package", "--no-editable-package", "--no-extra", "--no-group",
        "--no-sources-package", "--only-group", "--package", "--prerelease",
        "--prerelease-package", "--python", "--python-platform", "--refresh-package",
        "--reinstall-package", "--resolution", "--upgrade-group", "--upgrade-package", "--with",
        "--with-editable", "--with-requirements", "-C", "-P", "-f", "-i", "-p", "-w",
    ),
    folders=("--directory",),
    projects=("--project",),
    extends_path=True,
)  # fmt: skip

WRAPPERS: Dict[str, Wrapper] = {
    "env": Wrapper(takes_value=("-u", "--unset"), folders=("-C", "--chdir")),
    "nice": Wrapper(takes_value=("-n", "--adjustment")),
    "ionice": Wrapper(takes_value=("-c", "--class", "-n", "--classdata")),
    "nohup": Wrapper(),
    "setsid": Wrapper(),
    "stdbuf": Wrapper(takes_value=("-i", "--input", "-o", "--output", "-e", "--error")),
    "time": Wrapper(),
    "timeout": Wrapper(takes_value=("-k", "--kill-after", "-s", "--signal"), words_before=1),
    "uv": _UV,
    "poetry": Wrapper(
        subcommands=("run",),
        folders=("-C", "--directory"),
        projects=("-P", "--project"),
        extends_path=True,
    ),
    "pdm": Wrapper(subcommands=("run",), projects=("-p", "--project"), extends_path=True),
    "pipenv": Wrapper(subcommands=("run",), extends_path=True),
    "conda": _CONDA,
    "mamba": _CONDA,
    "micromamba": _CONDA,
    "mise": Wrapper(
        subcommands=("exec", "x"), folders=("-C", "--cd"), after_dashes=True, extends_path=True
    ),
    "direnv": Wrapper(subcommands=("exec",), words_before=1, extends_path=True),
    "op": _SECRETS,
    "doppler": _SECRETS,
    "infisical": _SECRETS,
    "dotenvx": _SECRETS,
}


class Named(NamedTuple):
    """A folder that an option of a wrapper names."""

    option: str
    folder: str


class Wrapped(NamedTuple):
    """A program as a wrapper starts it."""

    command: str
    args: List[str]
    folder: Optional[Named] = None  # in which it is started
    project: Optional[Named] = None  # which has to be there
    extends_path: bool = False


def unwrap(command: str, args: "List[str]") -> "Optional[Wrapped]":
    """Return the program that a wrapper starts; None where nobody can tell, or there is none."""
    name = base_name(command)
    if name not in WRAPPERS:
        return None
    return _Reader(name, WRAPPERS[name], args).read()


def unwrap_all(command: str, args: "List[str]") -> "Iterator[Wrapped]":
    """Yield what each of some wrappers around one another starts, the outermost first."""
    for _ in range(MOST_WRAPPERS):
        wrapped = unwrap(command, args)
        if wrapped is None:
            return
        yield wrapped
        command, args = wrapped.command, wrapped.args


class _Reader:
    """Reads the arguments of a wrapper up to the program; linear in their number."""

    def __init__(self, name: str, wrapper: Wrapper, args: "List[str]") -> None:
        self.name = name
        self.wrapper = wrapper
        self.rest = args[::-1]  # reversed, so that pop() gives the next word
        self.folder: Optional[Named] = None
        self.project: Optional[Named] = None
        self.extends_path = wrapper.extends_path
        self.to_skip = wrapper.words_before
        self.subcommand_seen = not wrapper.subcommands

    def read(self) -> "Optional[Wrapped]":
        """Return what is started, None if the arguments do not say it."""
        while self.rest:
            word = self.rest.pop()
            if word == "--" and self.subcommand_seen:
                return self._wrapped(self.rest[::-1])
            if self.name == "uv" and word in ("-m", "--module"):
                return self._wrapped(["python", "-m", *self.rest[::-1]])
            if word.startswith("-"):
                self._read_option(word)
            elif not self._skip_word(word):
                return self._wrapped([word, *self.rest[::-1]])
        return None

    def _skip_word(self, word: str) -> bool:
        """Take a word before the program; return False if it is the program."""
        if not self.subcommand_seen:
            self.subcommand_seen = word in self.wrapper.subcommands
            if not self.subcommand_seen:  # a subcommand that starts nothing
                self.rest = []
            return True
        if self.name == "env" and "=" in word:
            self.extends_path = self.extends_path or word.startswith("PATH=")
            return True
        if self.to_skip:
            self.to_skip -= 1
            return True
        return self.wrapper.after_dashes

    def _read_option(self, word: str) -> None:
        if self.name == "env":
            self._read_option_of_env(word)
        name, value = self._split_option(word)
        is_folder = name in self.wrapper.folders
        is_project = name in self.wrapper.projects
        takes_value = is_folder or is_project or name in self.wrapper.takes_value
        if takes_value and value is None and self.rest:
            value = self.rest.pop()
        if is_folder:
            self.folder = Named(name, value or "")
        if is_project:
            self.project = Named(name, value or "")

    def _split_option(self, word: str) -> "Tuple[str, Optional[str]]":
        """Return an option, and its value if that is in the same word: -C/proj, --chdir=/proj."""
        name, equals, value = word.partition("=")
        if equals and (name.startswith("--") or len(name) == 2):
            return name, value
        short = word[:2]
        if len(word) > 2 and short in (*self.wrapper.folders, *self.wrapper.projects):
            return short, word[2:]
        return word, None

    def _read_option_of_env(self, word: str) -> None:
        if word in ("-", "-i", "--ignore-environment"):
            self.extends_path = True
        if word in ("-S", "--split-string") and self.rest:
            try:
                self.rest += shlex.split(self.rest.pop())[::-1]
            except ValueError:  # its quotes are not closed
                self.rest = []

    def _wrapped(self, argv: "List[str]") -> "Optional[Wrapped]":
        if not argv:
            return None
        if self.name == "uv" and argv[0].endswith(_SCRIPT_ENDINGS):
            argv = ["python", *argv]
        return Wrapped(argv[0], argv[1:], self.folder, self.project, self.extends_path)
