"""What is wrong with a value, and where: found by the thousand, put into words for the first few.

A check can find a million faults in four megabytes. So it notes a `Finding` for each, which is
little more than pointers, and `collect` makes `Problem`s, with texts, of the first `MAX_PROBLEMS`.
"""

from typing import Dict, Iterable, Iterator, List, NamedTuple, Optional

from cwd_server.toolkit.json_values import Key, preview
from cwd_server.wording import shorten

MAX_PROBLEMS = 20  # as many as a model can mend at a time
MAX_PATH = 200  # characters
MAX_NAME = MAX_PATH + 1  # of a member, so that a longer one is seen to be cut


class Problem(NamedTuple):
    """One thing that is wrong.

    path: where, such as `items[0].price`; "" for the whole
    message: what, such as `expected a number, got "no"`
    """

    path: str
    message: str

    def __str__(self) -> str:
        if not self.path:
            return self.message
        return f"{self.path}: {self.message}"


class Place:
    """Where a value is: a member or an item of the value at another place.

    parent: that place; None for the outermost one
    key: the member's name, the item's index, or what the outermost value is called
    """

    __slots__ = ("depth", "key", "parent")

    def __init__(self, parent: "Optional[Place]", key: Key) -> None:
        self.parent = parent
        self.key = key
        self.depth: int = parent.depth + 1 if parent else 0

    def __str__(self) -> str:
        keys = []
        place: Optional[Place] = self
        while place is not None:
            keys.append(place.key)
            place = place.parent
        path = ""
        for key in reversed(keys):
            path += _step(key, path)
        return cut(path)


def _step(key: Key, path: str) -> str:
    if isinstance(key, int):
        return f"[{key}]"
    if path:
        return f".{key[:MAX_NAME]}"
    return key[:MAX_NAME]


def cut(path: str) -> str:
    """Return a path of at most MAX_PATH characters."""
    return shorten(path, MAX_PATH)


def closest(name: str, known: List[str]) -> str:
    """Return ` (did you mean NAME?)` with the known name most like `name`, or an empty text."""
    import difflib

    names: Dict[str, str] = {}
    for each in known:
        names.setdefault(_spelling(each), each)
    matches = difflib.get_close_matches(_spelling(name[:MAX_PATH]), names, n=1, cutoff=0.6)
    if not matches:
        return ""
    return f" (did you mean {names[matches[0]]}?)"


def _spelling(name: str) -> str:
    """Return what is the same of `file_path`, `filePath`, `file-path` and `FILE_PATH`."""
    return name.replace("_", "").replace("-", "").lower()


class Finding:
    """Something that is wrong at a place."""

    __slots__ = ("place",)

    def __init__(self, place: Place) -> None:
        self.place = place

    def message(self) -> str:
        """Return what is wrong, in words."""
        return "does not fit"

    def is_single(self) -> bool:
        """Whether this counts as one problem."""
        return True

    def causes(self) -> "Iterable[Finding]":
        """Return what this consists of: itself, if it is not made of others."""
        return (self,)


class Mismatch(Finding):
    """A value that is not what a keyword of a schema wants."""

    __slots__ = ("argument", "keyword", "value", "wording")

    def __init__(
        self, place: Place, value: object, wording: str, argument: object = None, keyword: str = ""
    ) -> None:
        super().__init__(place)
        self.value = value
        self.wording = wording
        self.keyword = keyword  # if there is one, {} in the wording stands for its argument
        self.argument = argument

    def wanted(self) -> str:
        """Return what the value should have been, in words."""
        if not self.keyword:
            return self.wording
        return self.wording.replace("{}", preview(self.argument, 300))

    def message(self) -> str:
        """Return what was wanted, and what came."""
        return f"expected {self.wanted()}, got {preview(self.value)}"


class Missing(Finding):
    """A member that an object has to have."""

    __slots__ = ("cause",)

    def __init__(self, place: Place, cause: str = "") -> None:
        super().__init__(place)
        self.cause = cause  # the member that asks for it, if it is not always wanted

    def message(self) -> str:
        """Return that it is missing, and why that is wrong."""
        if self.cause:
            return f"missing, and required beside {self.cause[:MAX_PATH]}"
        return "missing"


class Unknown(Finding):
    """A member that an object has no place for."""

    __slots__ = ("known", "name")

    def __init__(self, place: Place, name: str, known: List[str]) -> None:
        super().__init__(place)
        self.name = name
        self.known = known

    def message(self) -> str:
        """Return that it is not known, and a name that is."""
        return "not allowed here" + closest(self.name, self.known)


class Forbidden(Finding):
    """A value where the schema, false, allows none."""

    __slots__ = ()

    def message(self) -> str:
        """Return that nothing may be here."""
        return "not allowed here"


class Repeated(Finding):
    """An item equal to an earlier one, where all have to differ."""

    __slots__ = ("first",)

    def __init__(self, place: Place, first: int) -> None:
        super().__init__(place)
        self.first = first

    def message(self) -> str:
        """Return which item it is equal to."""
        return f"the same as item {self.first}, and no two may be equal"


class TooDeep(Finding):
    """A value that is nested deeper than it can be checked."""

    __slots__ = ()

    def message(self) -> str:
        """Return that it was not checked."""
        return "nested too deep to be checked"


class Problems(List[Problem]):
    """The first problems, and as `omitted` how many more there are."""

    omitted: int = 0

    def is_full(self) -> bool:
        """Whether further problems are only counted."""
        return len(self) >= MAX_PROBLEMS

    def add_all(self, others: "Problems") -> None:
        """Add the problems that were found somewhere else."""
        room = MAX_PROBLEMS - len(self)
        self.extend(others[:room])
        self.omitted += len(others[room:]) + others.omitted

    def add(self, finding: Finding) -> None:
        """Put a finding into words, or only count it when there are many."""
        if self.is_full() and finding.is_single():
            self.omitted += 1
            return
        for cause in finding.causes():
            if cause is finding:
                self.append(Problem(str(cause.place), cause.message()))
            else:
                self.add(cause)


def collect(findings: Iterable[Finding]) -> Problems:
    """Return the problems that some findings are."""
    problems = Problems()
    for finding in findings:
        problems.add(finding)
    return problems


def describe_problems(problems: List[Problem]) -> str:
    """Return problems as one line: the first 20, paths cut at 200 characters, then a count."""
    parts = []
    for problem in problems[:MAX_PROBLEMS]:
        parts.append(str(Problem(cut(problem.path), problem.message)))
    more = len(problems) - len(parts)
    if isinstance(problems, Problems):
        more += problems.omitted
    if more:
        parts.append(f"and {more:,} more")
    return "; ".join(parts)


def flatten(findings: Iterable[Finding], place: Place) -> Iterator[Finding]:
    """Replace findings about the value at `place` itself by their causes; leave deeper ones."""
    for finding in findings:
        if finding.place is not place:
            yield finding
            continue
        for cause in finding.causes():
            if cause is finding:
                yield finding
            else:
                yield from flatten([cause], place)
