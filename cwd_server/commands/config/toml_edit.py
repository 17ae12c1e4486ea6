"""Edit one entry of a TOML file: a table of its own; all else stays.

Where Python has a parser for TOML (3.11 and newer), the text before and after the edit is read by
it, and an edit that changed anything else is refused. Without one, files are refused whose tables
are more than plain headers.
"""

import re
from typing import Dict, List, NamedTuple, Optional, Sequence

from cwd_server.commands.config.edits import BYTE_ORDER_MARK, Change, ConfigConflict, Entries
from cwd_server.commands.config.toml_lines import find_runs, without_lines
from cwd_server.commands.formats import jsonc, toml_reader, toml_text
from cwd_server.commands.formats.toml_reader import ARRAY, PAIR, TABLE, KeyPath, Scalar, Statement
from cwd_server.commands.formats.toml_writer import format_key, format_value


class Block(NamedTuple):
    """The statements of one entry: headers and pairs."""

    statements: List[Statement]


class TOMLEntries(Entries):
    """The entries of a TOML text: tables `[key.NAME]`, or an array of tables `[[key]]`."""

    def __init__(self, text: str, key: str, is_list: bool) -> None:
        self.original = text
        self.mark = ""
        if text.startswith(BYTE_ORDER_MARK):
            self.mark = BYTE_ORDER_MARK
        self.text = text[len(self.mark) :]
        self.key = key
        self.is_list = is_list
        self.depth = len(self._path_to("any"))  # how many names lead to an entry
        self.eol = "\n"
        if "\r\n" in self.text:
            self.eol = "\r\n"
        if self.text.lstrip().startswith("{"):
            raise ConfigConflict(
                "it is JSON, and its client reads TOML: name a .toml file, or another client"
            )
        try:
            parsed = toml_reader.read(self.text)
        except toml_reader.TOMLSyntaxError as error:
            raise ConfigConflict(
                f"{error} ({jsonc.describe_place(self.text, error.offset)})"
            ) from None
        self.parsed = parsed
        self.statements = parsed.statements
        _refuse_hidden_headers(parsed.multi_line_strings, key)
        self.document = load(self.text)
        self._require_tables()
        self._blocks = self._find_blocks()

    def _path_to(self, name: str) -> KeyPath:
        """Return the path of an entry's table: that of an array has no name in it."""
        if self.is_list:
            return (self.key,)
        return (self.key, name)

    def names(self) -> "List[str]":
        """Return the names of all entries."""
        return list(self._blocks)

    def get(self, name: str) -> object:
        """Return an entry, None if there is none."""
        block = self._blocks.get(name)
        if block is None:
            return None
        return self._content(block)

    def add(self, name: str, entry: "Dict[str, object]") -> str:
        """Return the text with an entry more."""
        self.require_clear(name)
        block = self.eol.join(self._lines_of(name, entry))
        if not self.text:
            return self._checked(block + self.eol, name)
        if self.text.endswith("\n"):
            return self._checked(self.text + self.eol + block + self.eol, name)
        # No line break at the end then either: so it can be taken out without a trace
        return self._checked(self.text + self.eol + self.eol + block, name)

    def _lines_of(self, name: str, entry: "Dict[str, object]") -> "List[str]":
        header = f"[[{self.key}]]"
        path_below = self.key
        if not self.is_list:
            path_below = f"{self.key}.{format_key(name)}"
            header = f"[{path_below}]"
        lines = [header]
        below: List[str] = []
        for field, value in entry.items():
            if not isinstance(value, dict):
                lines.append(f"{field} = {format_value(value)}")
                continue
            below.append(f"[{path_below}.{field}]")
            below += [f"{format_key(each)} = {format_value(value[each])}" for each in value]
        return lines + below

    def exchange(self, name: str, entry: "Dict[str, object]") -> str:
        """Return the text with another entry of the same name."""
        text = self.remove(name)
        return TOMLEntries(text, self.key, self.is_list).add(name, entry)

    def change(self, name: str, changes: "List[Change]") -> str:
        """Return the text with some fields of an entry changed."""
        text = self.mark + self.text
        for change in changes:
            entries = TOMLEntries(text, self.key, self.is_list)
            text = entries._change_one(name, change)
        return text

    def remove(self, name: str) -> str:
        """Return the text without an entry."""
        self.require_clear(name)
        block = self._blocks.get(name)
        if block is None:
            return self.original
        text = self.text
        for start, end in reversed(find_runs(block.statements, self.statements)):
            text = without_lines(text, start, end)
        return self._checked(text, name)

    def _checked(self, text: str, name: str) -> str:
        """Return a text with the byte order mark.

        Raise ConfigConflict if it says something else elsewhere.
        """
        if self.document is None:
            _require_plain_headers(self.parsed, self.key)
        else:
            document = load(text)
            if _without_entry(document, self.key, name) != _without_entry(
                self.document, self.key, name
            ):
                raise ConfigConflict("the edit would change other settings in it")
        return self.mark + text

    def _require_tables(self) -> None:
        """Raise ConfigConflict if entries are no plain tables, or hidden by their spelling."""
        for statement in self.statements:
            path = statement.path
            if path[0] != self.key:
                continue
            if _hides(statement, self.key):
                raise ConfigConflict(f"it spells {self.key} with escapes")
            if statement.kind == PAIR and not statement.table:
                form = "as a value"
                if len(path) > 1:
                    form = "with dotted names"
                where = self._place_of(statement)
                raise ConfigConflict(f"{where} has {self.key} {form} rather than as tables")
            if statement.kind == ARRAY and not self.is_list:
                raise ConfigConflict(
                    f"it has [[{'.'.join(path)}]], an array, where a table is expected"
                )
            if statement.kind == TABLE and self.is_list and len(path) == 1:
                raise ConfigConflict(
                    f"it has [{self.key}], a table, where an array [[{self.key}]] is expected"
                )

    def _place_of(self, statement: Statement) -> str:
        return jsonc.describe_place(self.text, statement.start)

    def require_clear(self, name: str) -> None:
        """Raise ConfigConflict if an entry is not one table of its own, plainly named."""
        for statement in self.statements:
            if statement.path[:2] == (self.key, name) and _hides(statement, name):
                raise ConfigConflict(f'it spells "{name}" with escapes')
        if self.is_list:
            return
        tables = [each.keys for each in self.statements if each.kind == TABLE]
        if tables.count((self.key, name)) > 1:
            raise ConfigConflict(f"it has [{self.key}.{name}] twice")
        for statement in self.statements:
            if (
                statement.kind == PAIR
                and statement.table == (self.key,)
                and statement.keys[0] == name
            ):
                where = self._place_of(statement)
                raise ConfigConflict(
                    f"{where} has {self.key}.{name} in another form than a table of its own: "
                    "take that out first"
                )

    def _find_blocks(self) -> "Dict[str, Block]":
        """Return the statements of each entry, by its name."""
        if self.is_list:
            return self._find_elements()
        blocks: Dict[str, Block] = {}
        for statement in self.statements:
            path = statement.path
            if path[0] == self.key and len(path) > 1:
                blocks.setdefault(path[1], Block([])).statements.append(statement)
        return blocks

    def _find_elements(self) -> "Dict[str, Block]":
        """Return the tables of the array by the names that they have.

        Of two of a name, ConfigConflict.
        """
        elements: List[Block] = []
        for statement in self.statements:
            path = statement.path
            if path[0] != self.key:
                continue
            if statement.kind == ARRAY and len(path) == 1:
                elements.append(Block([]))
            if elements:
                elements[-1].statements.append(statement)
        blocks: Dict[str, Block] = {}
        for element in elements:
            name = self._content(element).get("name")
            if not isinstance(name, str):
                continue
            if name in blocks:
                raise ConfigConflict(f'it has "{name}" twice')
            blocks[name] = element
        return blocks

    def _content(self, block: Block) -> "Dict[str, object]":
        """Return an entry as a JSON file would have it."""
        content: Dict[str, object] = {}
        for statement in block.statements:
            if statement.kind != PAIR:
                continue
            path = statement.path[self.depth :]
            if path:
                _put(content, path, statement.content)
            elif isinstance(statement.content, dict):  # the entry is an inline table
                content.update(statement.content)
        return content

    def _change_one(self, name: str, change: Change) -> str:
        """Return the text with one field of an entry changed, or put in."""
        self.require_clear(name)
        block = self._blocks[name]
        for statement in block.statements:
            path = statement.path[self.depth :]
            if statement.kind == PAIR and path == change.path:
                return self._splice(
                    statement.value, statement.end, format_value(change.value), name
                )
            if statement.kind == PAIR and path == change.path[:1]:
                return self._change_inline(statement, change, name)
        return self._put_in(block, change, name)

    def _change_inline(self, statement: Statement, change: Change, name: str) -> str:
        """Return the text with another value in `env = { ... }`."""
        content = statement.content
        if not isinstance(content, dict):
            raise ConfigConflict(f"its {'.'.join(statement.keys)} is not a table")
        new = dict(content)
        new[change.path[1]] = change.value
        return self._splice(statement.value, statement.end, format_value(new), name)

    def _put_in(self, block: Block, change: Change, name: str) -> str:
        table = self._path_to(name)
        line_path = change.path
        place = _last_line(block, table)
        if len(change.path) == 2:
            below = _last_line(block, table + change.path[:1])
            if below is not None:  # [....env] is there
                place, line_path = below, change.path[1:]
        if place is None:
            raise ConfigConflict(f"it has {name} in another form than a table of its own")
        line = f"{'.'.join(format_key(key) for key in line_path)} = {format_value(change.value)}"
        if len(line_path) == 2 and not _has_dotted(block, table, line_path[0]):
            line = self._lines_of_sub_table(table, line_path, change.value)
        position = place.line_end
        if not self.text[:position].endswith("\n"):
            return self._splice(position, position, self.eol + line, name)
        return self._splice(position, position, line + self.eol, name)

    def _lines_of_sub_table(self, table: KeyPath, path: "Sequence[str]", value: object) -> str:
        """Return a table below an entry's, as `add` writes it; every Python can edit it again."""
        header = ".".join(format_key(key) for key in (*table, path[0]))
        return f"[{header}]{self.eol}{format_key(path[1])} = {format_value(value)}"

    def _splice(self, start: int, end: int, new: str, name: str) -> str:
        return self._checked(self.text[:start] + new + self.text[end:], name)


def _hides(statement: Statement, name: str) -> bool:
    """Say whether a name in a statement's path has escapes that it can do without."""
    for key, spelling in zip(statement.keys, statement.spellings):
        if key == name and spelling.startswith('"') and "\\" in spelling:
            return spelling != format_value(name)
    return False


def _last_line(block: Block, table: KeyPath) -> Optional[Statement]:
    """Return the last statement directly in a table: a pair, or the table's header.

    None without that header.
    """
    last = None
    for statement in block.statements:
        is_header = statement.kind != PAIR and statement.keys == table
        is_pair = statement.kind == PAIR and statement.table == table
        if is_header or (is_pair and last is not None):
            last = statement
    return last


def _has_dotted(block: Block, table: KeyPath, first: str) -> bool:
    for statement in block.statements:
        if statement.kind == PAIR and statement.table == table:
            if len(statement.keys) > 1 and statement.keys[0] == first:
                return True
    return False


def _put(content: "Dict[str, object]", path: "Sequence[str]", value: object) -> None:
    for name in path[:-1]:
        inner = content.setdefault(name, {})
        if not isinstance(inner, dict):
            return
        content = inner
    content[path[-1]] = value


def _refuse_hidden_headers(strings: "List[str]", key: str) -> None:
    """Raise ConfigConflict if a line of a string looks like a header of ours."""
    header = re.compile(r"^[ \t]*\[+[ \t]*[\"']?" + re.escape(key) + r"\b", re.MULTILINE)
    for string in strings:
        if header.search(string):
            raise ConfigConflict(f"a string in it holds a line that looks like [{key}...]")


def _require_plain_headers(text: toml_reader.Text, own_array: str) -> None:
    """Raise ConfigConflict where nobody could check that an edit changes nothing else."""
    for statement in text.statements:
        is_own = statement.kind == ARRAY and statement.keys == (own_array,)
        is_dotted = statement.kind == PAIR and len(statement.keys) > 1
        if is_dotted or (statement.kind == ARRAY and not is_own):
            raise ConfigConflict(
                "its tables are not all plain [headers]: editing it takes Python 3.11 or newer"
            )
    if text.has_inline_tables:
        raise ConfigConflict("it has inline tables {...}: editing it takes Python 3.11 or newer")


def load(text: str) -> "Optional[Dict[str, object]]":
    """Return what Python's parser reads; None without such a parser; raise ConfigConflict."""
    try:
        return toml_text.load_with_python(text, parse_float=Scalar)
    except toml_text.TOMLError as error:
        raise ConfigConflict(f"it is not TOML: {error}") from None


def _without_entry(
    document: "Optional[Dict[str, object]]", key: str, name: str
) -> "Dict[str, object]":
    """Return a document without an entry, and without its key if no other entry is below that."""
    rest = dict(document or {})
    entries = rest.pop(key, None)
    if isinstance(entries, dict):
        others: object = {each: value for each, value in entries.items() if each != name}
    elif isinstance(entries, list):
        others = [
            each for each in entries if not isinstance(each, dict) or each.get("name") != name
        ]
    else:
        others = entries
    if others:
        rest[key] = others
    return rest
