"""The conversations that clients have with a server when they start it, and what comes of them."""

import re
from typing import Dict, Iterator, List, NamedTuple, Optional, Set

from cwd_server.commands.check.findings import Finding, passed, problem, warning
from cwd_server.commands.check.probe import (
    Answer,
    EndedError,
    ProbeError,
    RefusedError,
    Server,
    SilentError,
)
from cwd_server.commands.check.redaction import Redactor
from cwd_server.commands.check.refusals import (
    refusal_of_discover,
    refusal_of_envelope,
    refusal_of_initialize,
    refusal_of_tools,
)
from cwd_server.protocol.revisions import (
    CAPABILITIES_KEY,
    LEGACY_REVISIONS,
    MODERN_REVISION,
    VERSION_KEY,
)

INITIALIZE_PARAMS: Dict[str, object] = {
    "protocolVersion": LEGACY_REVISIONS[-1],
    "capabilities": {},
    "clientInfo": {"name": "cwd_server-check", "version": "1"},
}
MODERN_PARAMS: Dict[str, object] = {"_meta": {VERSION_KEY: MODERN_REVISION, CAPABILITIES_KEY: {}}}

MOST_PAGES = 100  # of a list of tools
TOOLS_SHOWN = 12
LONG_LIST = 100_000  # bytes, about 25,000 tokens of a model's context
MANY_TOOLS = 40  # some clients offer a model no more than 40, others 100 or 128
SLOW_START = 30.0  # seconds; Claude Code waits as long
_ERROR_LINE = re.compile(r"\s*([\w.]{0,100}(Error|Exception)|error|fatal|panic)\b", re.IGNORECASE)
_TOOL_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")


class ServerFacts:
    """What a server has told of itself in a conversation, as far as that went."""

    def __init__(self) -> None:
        self.tools: List[str] = []
        self.directory: Optional[Dict[str, object]] = None  # what get_cwd answered
        self.start_seconds = 0.0  # from the start to the first answer

    def directory_warnings(self) -> List[str]:
        """Return why its directory is probably not the one that was meant, as get_cwd says."""
        warnings = (self.directory or {}).get("warnings")
        if not isinstance(warnings, list):
            return []
        return [text for text in warnings if isinstance(text, str)]


class Dialect(NamedTuple):
    """A way to speak with this server: how its clients open, list and call."""

    title: str
    opening: str
    listing: str
    calling: str
    opening_params: Dict[str, object]
    params: Dict[str, object]


HANDSHAKE = Dialect(
    f"handshake (revisions {LEGACY_REVISIONS[0]} to {LEGACY_REVISIONS[-1]}: most clients)",
    opening="initialize",
    listing="tools/list",
    calling="tools/call",
    opening_params=INITIALIZE_PARAMS,
    params={},
)
STATELESS = Dialect(
    f"no handshake (revision {MODERN_REVISION}: the newest clients)",
    opening="server/discover",
    listing="tools/list",
    calling="tools/call",
    opening_params=MODERN_PARAMS,
    params=MODERN_PARAMS,
)
TUTORIAL = Dialect(
    "ListTools and CallTool (the dialect of the tutorial: clients written by hand)",
    opening="",
    listing="ListTools",
    calling="CallTool",
    opening_params={},
    params={},
)
DIALECTS = (HANDSHAKE, STATELESS, TUTORIAL)


class Conversation:
    """Talks with a server in one dialect, and yields a finding a step."""

    def __init__(self, dialect: Dialect, redactor: Redactor, facts: ServerFacts) -> None:
        self._dialect = dialect
        self._redactor = redactor
        self._facts = facts
        self._has_tools = True

    def hold(self, server: Server) -> "Iterator[Finding]":
        """Open, list the tools, call get_cwd, and close; a step that fails is the last one."""
        try:
            yield from self._open(server)
            yield from self._list(server)
            yield from self._call_get_cwd(server)
        except ProbeError as error:
            yield self._failure(server, error)
            return
        noise = self._noise(server)
        if noise:
            yield warning(f"{noise}; some clients disconnect")
        if server.exits_by_itself():
            yield passed("exits when stdin is closed")
        else:
            yield warning("still running 2 s after stdin was closed: a server must exit then")

    def _failure(self, server: Server, error: ProbeError) -> Finding:
        """Return what went wrong, with the end of the server's stderr."""
        lines = [self._redactor.show(line) for line in server.last_words()]
        text = self._redactor.show(str(error))
        if server.stray_id and isinstance(error, SilentError):
            stray = self._redactor.show(server.stray_id)
            text += f"; it answered with the id {stray}, which no request had"
        noise = self._noise(server)
        if noise:
            text += f"; {noise}"
        if not lines:
            return problem(f"{text}; its stderr is empty")
        if isinstance(error, EndedError):
            text = f"{text}: {main_line(lines)}"
        details = ("stderr:", *[f"  {line}" for line in lines])
        return problem(text)._replace(details=details)

    def _noise(self, server: Server) -> str:
        """Say what is on stdout beside messages; an empty text for nothing."""
        if not server.noise:
            return ""
        line = server.noise[0].decode("utf-8", "replace").rstrip("\r\n")
        if line.startswith("Content-Length:"):
            return "it writes Content-Length headers: over stdio, a message of MCP is one line"
        if line.strip() in ("{", "["):
            return "it writes JSON over several lines: over stdio, a message of MCP is one line"
        if line.startswith("[{"):
            return "it writes a batch of messages, which official clients do not take"
        noise = "noise on stdout, where only messages belong"
        if line.startswith("{") and '"jsonrpc"' not in line:
            noise += ' (JSON without "jsonrpc": "2.0" is none)'
        return f"{noise}: '{self._redactor.show(line)}'"

    def _open(self, server: Server) -> "Iterator[Finding]":
        dialect = self._dialect
        if not dialect.opening:
            return
        answer = server.request(dialect.opening, dialect.opening_params)
        self._refuse(dialect.opening, refusal_of_envelope(answer.message))
        if dialect is HANDSHAKE:
            self._refuse(dialect.opening, refusal_of_initialize(answer.result))
            server.notify("notifications/initialized")
        else:
            self._refuse(dialect.opening, refusal_of_discover(answer.result))
        capabilities = answer.result["capabilities"]
        self._has_tools = isinstance(capabilities, dict) and "tools" in capabilities
        self._facts.start_seconds = answer.seconds
        yield passed(f"{dialect.opening}: answered after {describe_seconds(answer.seconds)}")
        if answer.seconds > SLOW_START:
            yield warning(
                f"some clients, such as Claude Code, wait {SLOW_START:g} s for the first answer"
            )

    def _refuse(self, method: str, refusal: str) -> None:
        if refusal:
            raise ProbeError(f"{method}: official clients refuse the answer: {refusal}")

    def _list(self, server: Server) -> "Iterator[Finding]":
        listing = self._dialect.listing
        if not self._has_tools:
            yield passed(f"{listing}: the server offers no tools, and says so")
            return
        tools: List[Dict[str, object]] = []
        size = 0
        params = dict(self._dialect.params)
        for _ in range(MOST_PAGES):
            answer = server.request(listing, params)
            self._refuse(listing, refusal_of_envelope(answer.message))
            self._refuse(listing, refusal_of_tools(answer.result, self._dialect is STATELESS))
            tools += _tools_in(answer)
            size += answer.size
            cursor = answer.result.get("nextCursor")
            if not cursor:
                break
            params = {**self._dialect.params, "cursor": cursor}
        else:
            yield warning(f"{listing}: there is a next page after {MOST_PAGES}: it may never end")
        names = [str(tool["name"]) for tool in tools]
        self._facts.tools = names
        yield passed(f"{listing}: {self._summary(names)}")
        yield from self._judge_list(names, size)

    def _summary(self, names: "List[str]") -> str:
        return self._redactor.show(summary(names))

    def _judge_list(self, names: "List[str]", size: int) -> "Iterator[Finding]":
        """Say which tools some clients drop, and what is too long; `size` is in bytes."""
        odd = [name for name in names if not _TOOL_NAME.fullmatch(name)]
        if odd:
            rule = "some clients drop tools whose names are not 1 to 64 of A-Z a-z 0-9 _ -"
            yield warning(f"{rule}: {self._summary(odd)}")
        twice = repeated(names)
        if twice:
            yield warning(f"more than one tool has the name {self._summary(twice)}")
        if size > LONG_LIST:
            yield warning(f"the tools take {size // 1000:,} kB of a model's context")
        if len(names) > MANY_TOOLS:
            yield warning(
                f"{len(names):,} tools: some clients offer a model no more than 40, 100 or 128"
            )

    def _call_get_cwd(self, server: Server) -> "Iterator[Finding]":
        if "get_cwd" not in self._facts.tools:
            return
        calling = self._dialect.calling
        answer = server.request(calling, {**self._dialect.params, "name": "get_cwd"})
        content = answer.result.get("content")
        if not isinstance(content, list) or not content or not isinstance(content[0], dict):
            raise ProbeError(f"{calling} get_cwd: there is no content in the answer")
        text = content[0].get("text")
        shown = "no text"
        if isinstance(text, str):
            shown = self._redactor.show(text)
        structured = answer.result.get("structuredContent")
        if isinstance(structured, dict):
            self._facts.directory = structured
        yield passed(f"{calling} get_cwd: {shown} ({describe_seconds(answer.seconds)})")


def main_line(lines: "List[str]") -> str:
    """Return the line of stderr that says most: the last that names an error, else the last."""
    for line in reversed(lines):
        if _ERROR_LINE.match(line):
            return line.strip()
    return lines[-1].strip()


def _tools_in(answer: Answer) -> "List[Dict[str, object]]":
    tools = answer.result["tools"]
    if not isinstance(tools, list):
        return []
    return tools


def repeated(names: "List[str]") -> "List[str]":
    """Return the names that come again."""
    seen: Set[str] = set()
    found = []
    for name in names:
        if name in seen:
            found.append(name)
        seen.add(name)
    return found


def summary(names: "List[str]") -> str:
    """Return the first of some names, and how many more there are."""
    if not names:
        return "no tools"
    shown = ", ".join(name[:60] for name in names[:TOOLS_SHOWN])
    if len(names) > TOOLS_SHOWN:
        shown += f" and {len(names) - TOOLS_SHOWN:,} more"
    return shown


def describe_seconds(seconds: float) -> str:
    """Return a time as somebody reads it."""
    if seconds < 0.01:
        return f"{seconds * 1000:.1f} ms"
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    return f"{seconds:.1f} s"


def try_discover(server: Server, wait: float, redactor: Redactor) -> Finding:
    """Open as clients of the newest revision do; say whether they can fall back to a handshake.

    wait: how long they do, in seconds
    """
    method = "server/discover"
    try:
        answer = server.request(method, MODERN_PARAMS, wait)
    except RefusedError:
        return passed(
            f"{method}: answered with an error, so newer clients fall back to initialize"
        )
    except SilentError:
        return warning(
            f"silent on {method}: newer clients begin with it, and wait before they fall back"
        )
    except EndedError:
        return warning(
            f"ends on {method}: newer clients begin with it, and have to start it again"
        )
    except ProbeError as error:
        return warning(redactor.show(str(error)))
    refusal = refusal_of_discover(answer.result)
    if refusal:
        return warning(f"{method}: {refusal}")
    return passed(f"{method}: answered after {describe_seconds(answer.seconds)}")
