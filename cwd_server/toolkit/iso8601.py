"""Dates, times and durations as ISO 8601 writes them, read and written alike on every Python.

`fromisoformat` came with 3.7 and understands a final Z from 3.11 on.
https://www.rfc-editor.org/rfc/rfc3339#section-5.6
"""

import re
from datetime import date, datetime, time, timedelta, timezone, tzinfo
from typing import Callable, Dict, NamedTuple, Optional

_DATE = r"(?P<year>\d{4})-(?P<month>\d\d)-(?P<day>\d\d)"
_TIME = r"""
    (?P<hour>\d\d):(?P<minute>\d\d)
    (?: :(?P<second>\d\d) (?:[.,](?P<fraction>\d+))? )?
    (?P<zone> [Zz] | [+-]\d\d(?::?[0-5]\d)? )?
"""
_DATE_PATTERN = re.compile(f"{_DATE}(?:[Tt ]00:00(?::00(?:[.,]0+)?)?[Zz]?)?", re.ASCII)
_TIME_PATTERN = re.compile(_TIME, re.VERBOSE | re.ASCII)
_DATETIME_PATTERN = re.compile(f"{_DATE}(?:[Tt ]{_TIME})?", re.VERBOSE | re.ASCII)
_NUMBER = r"\d+(?:[.,]\d+)?"
_DURATION_PATTERN = re.compile(
    rf"""
    (?P<sign>[+-])? P
    (?:(?P<years>{_NUMBER})Y)? (?:(?P<months>{_NUMBER})M)?
    (?:(?P<weeks>{_NUMBER})W)? (?:(?P<days>{_NUMBER})D)?
    (?: T (?:(?P<hours>{_NUMBER})H)? (?:(?P<minutes>{_NUMBER})M)? (?:(?P<seconds>{_NUMBER})S)? )?
    """,
    re.VERBOSE | re.ASCII,
)
# A year and a month have no length of their own: these are pydantic's
_DAYS = {"years": 365, "months": 30, "weeks": 7, "days": 1}
_SECONDS = {"hours": 3600, "minutes": 60, "seconds": 1}


def parse_date(text: str) -> date:
    """Return the date of "2024-01-31", also followed by midnight; raise ValueError."""
    parts = _match(_DATE_PATTERN, text)
    return date(int(parts["year"]), int(parts["month"]), int(parts["day"]))


def parse_time(text: str) -> time:
    """Return the time of "15:04:05.5Z"; raise ValueError."""
    return _time_of(_match(_TIME_PATTERN, text))


def parse_datetime(text: str) -> datetime:
    """Return the moment of "2024-01-31T15:04:05+01:00"; raise ValueError."""
    parts = _match(_DATETIME_PATTERN, text)
    day = date(int(parts["year"]), int(parts["month"]), int(parts["day"]))
    if not parts["hour"]:
        return datetime.combine(day, time())
    return datetime.combine(day, _time_of(parts))


def parse_duration(text: str) -> timedelta:
    """Return the duration of "P1DT2H3M4.5S"; raise ValueError."""
    parts = _match(_DURATION_PATTERN, text)
    given = [unit for unit in (*_DAYS, *_SECONDS) if parts[unit]]
    if not given:
        raise ValueError(text)
    duration = timedelta()
    try:
        for unit in given:
            amount = float(parts[unit].replace(",", "."))
            duration += timedelta(
                days=amount * _DAYS.get(unit, 0), seconds=amount * _SECONDS.get(unit, 0)
            )
    except OverflowError:
        raise ValueError(text) from None
    if parts["sign"] == "-":
        return -duration
    return duration


def format_datetime(moment: datetime) -> str:
    """Return a moment in ISO 8601; UTC is written Z, as RFC 3339 and JavaScript have it."""
    return _with_z(moment.isoformat())


def format_time(moment: time) -> str:
    """Return a time of the day in ISO 8601."""
    return _with_z(moment.isoformat())


def format_duration(duration: timedelta) -> str:
    """Return a duration in ISO 8601, in days and below: those always last as long."""
    sign = ""
    if duration < timedelta():
        sign, duration = "-", -duration
    minutes, seconds = divmod(duration.seconds, 60)
    hours, minutes = divmod(minutes, 60)
    fraction = f".{duration.microseconds:06}".rstrip("0").rstrip(".")
    clock = ""
    if hours:
        clock += f"{hours}H"
    if minutes:
        clock += f"{minutes}M"
    if seconds or fraction:
        clock += f"{seconds}{fraction}S"
    if not duration.days:
        return f"{sign}PT{clock or '0S'}"
    if not clock:
        return f"{sign}P{duration.days}D"
    return f"{sign}P{duration.days}DT{clock}"


class Parser(NamedTuple):
    """How values of a class are read: JSON Schema's `format`, a function, and what it expects."""

    format: str
    parse: Callable[[str], object]
    expected: str


PARSERS: Dict[type, Parser] = {
    date: Parser("date", parse_date, "a date such as 2024-01-31"),
    datetime: Parser("date-time", parse_datetime, "a date and time such as 2024-01-31T15:04:05Z"),
    time: Parser("time", parse_time, "a time such as 15:04:05"),
    timedelta: Parser("duration", parse_duration, "a duration such as P1DT2H30M"),
}
# How they are written
FORMATS: Dict[type, Callable[..., str]] = {
    date: date.isoformat,
    datetime: format_datetime,
    time: format_time,
    timedelta: format_duration,
}


def _match(pattern: "re.Pattern[str]", text: str) -> Dict[str, str]:
    """Return the named groups of a pattern that matches the whole text, "" for those left out."""
    found = pattern.fullmatch(text.strip())
    if found is None:
        raise ValueError(text)
    return found.groupdict("")


def _time_of(parts: Dict[str, str]) -> time:
    microseconds = int(parts["fraction"][:6].ljust(6, "0"))
    return time(
        int(parts["hour"]),
        int(parts["minute"]),
        int(parts["second"] or 0),
        microseconds,
        _zone(parts["zone"]),
    )


def _zone(text: str) -> Optional[tzinfo]:
    """Return the time zone of "Z", "+02:00", "+0200", "+02"; None for ""."""
    if not text:
        return None
    if text in "Zz":
        return timezone.utc
    offset = timedelta(hours=int(text[1:3]))
    if len(text) > len("+02"):
        offset += timedelta(minutes=int(text[-2:]))
    if text[0] == "-":
        offset = -offset
    return timezone(offset)


def _with_z(text: str) -> str:
    if text.endswith("+00:00"):
        return text[: -len("+00:00")] + "Z"
    return text
