"""Load tools files anew while serving, when they or modules beside them have changed on disk."""

import os
import threading
import time
from typing import Callable, Dict, List, Optional, Sequence

from cwd_server.errors import UserError
from cwd_server.toolkit.errors import DeclarationError
from cwd_server.toolkit.loading import importer
from cwd_server.toolkit.loading.file_state import FileState, state_of, writable_by_others
from cwd_server.toolkit.loading.loader import load_tools
from cwd_server.toolkit.tool import Tool

LOOK_INTERVAL = 1.0  # seconds between looks at the files
SETTLED = 0.3  # seconds that files have to be unchanged: editors write in several steps
MAX_SETTLING = 3.0  # seconds until files that never settle are loaded as they are

Changed = Callable[[List[Tool]], None]


class Reloader:
    """Watches tools files and what they import from beside them, and loads them when they change.

    paths: absolute, of the tools files, which have been loaded, or will be before `start`
    known: the tools that are offered beside theirs
    log: takes a line for the user

    A file that cannot be loaded leaves everything as it was. Raises UserError where somebody
    else could change the files, whose code would then run as the user at the next change.
    """

    def __init__(
        self, paths: Sequence[str], known: Sequence[Tool], log: Callable[[str], None]
    ) -> None:
        for path in paths:
            _refuse_others(path)
        self._paths = paths
        self._known = known
        self._log = log
        self._changed: Optional[Changed] = None
        self._loading = threading.Lock()
        self._files: Dict[str, FileState] = {}
        self._folders: Dict[str, List[str]] = {}  # of files that did not load: the modules there

    def start(self, changed: Changed) -> None:
        """Watch from now on; `changed` gets the tools after each change, on any thread."""
        self._changed = changed
        self._note_files()
        threading.Thread(target=self._watch, name="watch of tools files", daemon=True).start()

    def look(self) -> None:
        """Load the files now if they have changed, and return when that is done."""
        if not self._has_changed():
            return
        with self._loading:
            if self._has_changed():
                self._settle()
                self._load()

    def _watch(self) -> None:
        while True:
            time.sleep(LOOK_INTERVAL)
            self.look()

    def _has_changed(self) -> bool:
        for path, state in list(self._files.items()):
            if state_of(path) != state:
                return True
        return any(_modules_in(folder) != names for folder, names in list(self._folders.items()))

    def _settle(self) -> None:
        """Wait until the files have been unchanged for SETTLED seconds."""
        deadline = time.monotonic() + MAX_SETTLING
        states = self._states()
        while time.monotonic() < deadline:
            time.sleep(SETTLED)
            before = states
            states = self._states()
            if states == before:
                break

    def _states(self) -> List[FileState]:
        return [state_of(path) for path in list(self._files)]

    def _load(self) -> None:
        try:
            for path in self._files:
                _refuse_others(path)
        except UserError as error:
            self._files = {path: state_of(path) for path in self._files}
            self._log(f"cwd_server: not loaded anew, the tools stay as they were: {error}")
            return
        old_modules = importer.take_modules()
        try:
            tools = load_tools(self._paths, self._known)
        except DeclarationError as error:
            self._note_files()
            self._folders = {
                folder: _modules_in(folder) for folder in map(os.path.dirname, self._paths)
            }
            importer.put_modules(old_modules)
            self._log(f"cwd_server: not loaded anew, the tools stay as they were: {error}")
            return
        self._note_files()
        self._folders = {}
        if self._changed is not None:
            self._changed(tools)

    def _note_files(self) -> None:
        """Keep the states that the files had when they were read, or have now if they were not."""
        files = importer.files_read()
        for path in self._paths:
            real = os.path.realpath(path)
            files.setdefault(real, state_of(real))
            files[path] = files[real]
        self._files = files


def _refuse_others(path: str) -> None:
    if not os.path.exists(path):
        return  # which loading it says better
    reason = writable_by_others(path)
    if reason is not None:
        raise UserError(
            f"--reload {path}: {reason}, who could run code as you at the next change; change its"
            " mode or owner, or leave --reload out"
        )


def _modules_in(folder: str) -> List[str]:
    """Return the names of the modules in a folder."""
    try:
        return sorted(name for name in os.listdir(folder) if name.endswith(".py"))
    except OSError:
        return []
