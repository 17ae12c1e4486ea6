"""Parts of messages in every room: a text cut short, a name that was probably meant."""

from typing import Iterable, List


def shorten(text: str, longest: int = 80) -> str:
    """Return at most `longest` characters of a text; an ellipsis says that some are missing."""
    if len(text) <= longest:
        return text
    return text[: longest - 1] + "…"


def did_you_mean(typed: str, known: Iterable[str]) -> str:
    """Return a hint at the names that are closest to the one that was typed, or an empty text."""
    return suggest(close_names(typed, known))


def suggest(names: List[str]) -> str:
    """Return a hint at the names that were probably meant, or an empty text."""
    if not names:
        return ""
    return f" (did you mean {' or '.join(names)}?)"


def close_names(typed: str, known: Iterable[str]) -> List[str]:
    """Return those names that begin as typed, or the most similar one; dashes and case aside."""
    import difflib

    names = {name.lstrip("-").lower(): name for name in known}
    wanted = typed.lstrip("-").lower()
    if len(wanted) > 2:
        longer = [name for plain, name in names.items() if plain.startswith(wanted)]
        if longer:
            return longer[:3]
    return [names[plain] for plain in difflib.get_close_matches(wanted, list(names), 1, 0.6)]
