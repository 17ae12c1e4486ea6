"""What editors of clients' files have in common: what they are asked for, and how they refuse."""

from typing import Dict, List, NamedTuple, Tuple

BYTE_ORDER_MARK = "\ufeff"  # which some editors of Windows begin a text with; it stays


class ConfigConflict(Exception):  # noqa: N818  a name that says it
    """The file is not as an edit of one entry needs it: it stays as it is; str() is the reason."""


class OtherProgramConflict(ConfigConflict):
    """The entry starts another program, and nobody said that it may go; str() says how to."""


class Change(NamedTuple):
    """A new value for one field of an entry, or for one variable below its `env`."""

    path: Tuple[str, ...]
    value: object


class Entries:
    """The entries of one text of a client's configuration.

    Each edit returns the text with one entry more, changed, or less; every other byte of it stays.
    """

    def names(self) -> "List[str]":
        """Return the names of all entries."""
        raise NotImplementedError

    def get(self, name: str) -> object:
        """Return an entry, None if there is none."""
        raise NotImplementedError

    def require_clear(self, name: str) -> None:
        """Raise ConfigConflict if an entry is there twice, or in a form that no edit knows."""
        raise NotImplementedError

    def add(self, name: str, entry: "Dict[str, object]") -> str:
        """Return the text with an entry more, whose name was not there."""
        raise NotImplementedError

    def change(self, name: str, changes: "List[Change]") -> str:
        """Return the text with some fields of an entry changed; what is not named stays."""
        raise NotImplementedError

    def exchange(self, name: str, entry: "Dict[str, object]") -> str:
        """Return the text with another entry of the same name."""
        raise NotImplementedError

    def remove(self, name: str) -> str:
        """Return the text without an entry."""
        raise NotImplementedError
