"""What can be said of a program's arguments: paths that are not where it will look for them."""

import os
import re
from typing import Iterator, List, NamedTuple, Optional

from cwd_server.commands.check.entries import ClientLaunch
from cwd_server.commands.check.findings import Finding, problem, soften, suspicion
from cwd_server.commands.check.programs import (
    CODE_FOLLOWS,
    PACKAGE_RUNNERS,
    SHELLS,
    base_name,
    hands_arguments_on,
    is_python,
    runs_a_script,
)
from cwd_server.commands.check.shells_and_containers import judge_handed_on
from cwd_server.commands.check.word_advice import has_stray_marks
from cwd_server.commands.check.wrappers import Named, Wrapped, unwrap_all

LONGEST_PATH = 4096  # characters that any system takes
MOST_BLANKS = 20  # in a path
RELATIVE = "is a relative path, and clients start servers anywhere"

_NO_SCRIPT_FOLLOWS = {"-m", "-", *CODE_FOLLOWS}
_TAKES_A_WORD = {"-X", "-W", "-r", "--require", "--import", "--loader", "-cp"}
_TAKES_A_WORD_OF_NODE = {"--conditions", "-C", "--env-file", "--env-file-if-exists", "--run"}
_SUBCOMMANDS = {"run", "serve"}  # of bun and deno
_SCRIPT_ENDINGS = re.compile(r"\.(py|pyz|pyw|[cm]?js|[cm]?ts|sh|rb|pl|php|jar)$", re.IGNORECASE)

# Options, of uv and others, that name the directory which relative paths belong to
_DIRECTORY_OPTIONS = {"--directory", "--project", "--cwd", "--prefix", "-C"}

_PLAIN_NAME = re.compile(r"[A-Za-z][\w-]{0,40}")
_RELATIVE_FOLDER = re.compile(r"\.{1,2}([/\\]|$)")
_FROM_ELSEWHERE = re.compile(r"\w+://|(npm|jsr|node|file|data):")
_NOT_FROM_HERE = re.compile(r"~|[A-Za-z]:[\\/]")
_ENVIRONMENT_FOLDERS = (
    "/.venv/", "/venv/", "/.virtualenvs/", "/env/bin/", "/.nvm/", "/.pyenv/", "/.asdf/", "/mise/",
    "/Cellar/", "/uv/python/", "/conda",
)  # fmt: skip


def existing_file(relative: str, folders: "List[str]") -> str:
    """Return the file that a relative path means in one of some folders, or an empty text."""
    for folder in folders:
        path = os.path.normpath(os.path.join(folder, relative))
        if os.path.isfile(path):
            return path
    return ""


def what_is_gone(path: str) -> str:
    """Say what to do about a path that leads nowhere."""
    if os.path.islink(path):
        target = os.path.realpath(path)
        return f"the link leads to {target}, which is gone: make its environment anew"
    if any(folder in path.replace("\\", "/") for folder in _ENVIRONMENT_FOLDERS):
        return "its environment is gone: make it anew, or correct the path"
    return "correct the path"


class _Innermost(NamedTuple):
    """The program that wrappers start in the end, and what they say of its folder."""

    launch: ClientLaunch
    folder: "Optional[Named]"  # which an option names
    may_change_folder: bool  # a wrapper's own settings may name a folder
    judged: List[str]  # folders of wrappers' options, which were judged with those


def judge_arguments(launch: ClientLaunch, near: "List[str]", who: str) -> "Iterator[Finding]":
    """Say what is wrong with arguments.

    near: folders in which a relative path may have been meant
    who: the client
    """
    yield from _judge_wrappers(launch)
    inner = _innermost(launch)
    if hands_arguments_on(inner.launch.command):
        script = _script_of_shell(inner.launch)
        if script and inner.folder is None:
            yield from _judge_script(script, inner.launch, near, who)
    else:
        yield from _judge_program_and_words(launch, inner, near, who)


def _judge_program_and_words(
    launch: ClientLaunch, inner: _Innermost, near: "List[str]", who: str
) -> "Iterator[Finding]":
    """Judge the script and the words that a program gets behind all wrappers."""
    script = script_of(inner.launch)
    if has_stray_marks(script):
        if not os.path.exists(script):
            yield problem(f"no file is called {script}, with what is around its path")
        return
    if script:
        yield from _judge_script_of_wrapped(script, inner, near, who)
    else:
        yield from _judge_first_word(inner.launch)
        yield from _judge_scripts_of_runner(inner.launch, near)
    if inner.launch.directory:
        return
    for word in launch.args:  # of the whole line: a wrapper's ./.env is as relative
        if word != script and word not in inner.judged and _RELATIVE_FOLDER.match(word):
            yield suspicion(f"{word[:60]} {RELATIVE}: write the absolute one")


def _judge_wrappers(launch: ClientLaunch) -> "Iterator[Finding]":
    """Say what is wrong with the arguments of each program that starts another one."""
    yield from judge_handed_on(launch)
    inner = launch
    for wrapped in unwrap_all(launch.command, launch.args):
        if wrapped.project is not None:
            yield from map(soften, _judge_folder(wrapped.project, inner))
        if wrapped.folder is not None:
            yield from _judge_folder(wrapped.folder, inner)
        inner = _launch_of(wrapped, inner)
        yield from judge_handed_on(inner)


def _innermost(launch: ClientLaunch) -> _Innermost:
    folder: Optional[Named] = None
    may_change_folder = False
    judged = []
    inner = launch
    for wrapped in unwrap_all(launch.command, launch.args):
        inner = _launch_of(wrapped, inner)
        may_change_folder = may_change_folder or wrapped.extends_path
        folder = wrapped.folder or folder
        judged += [named.folder for named in (wrapped.folder, wrapped.project) if named]
    return _Innermost(inner, folder, may_change_folder, judged)


def _launch_of(wrapped: Wrapped, launch: ClientLaunch) -> ClientLaunch:
    """Return how a wrapper starts its program, if it is itself started as `launch` says."""
    inner = launch._replace(command=wrapped.command, args=wrapped.args)
    if wrapped.folder is not None:
        inner = inner._replace(directory=_folder_of(launch, wrapped.folder.folder))
    return inner


def _judge_script_of_wrapped(
    script: str, inner: _Innermost, near: "List[str]", who: str
) -> "Iterator[Finding]":
    findings = _judge_script(script, inner.launch, near, who)
    if not os.path.isabs(script):
        if inner.folder is not None:
            option = inner.folder.option
            findings = _judge_script_in_folder(script, option, inner.launch.directory)
        elif inner.may_change_folder:
            findings = map(soften, findings)
    yield from findings


def _folder_of(launch: ClientLaunch, folder: str) -> str:
    """Return the absolute path of a folder that an argument names."""
    return os.path.join(launch.directory or os.path.abspath(os.sep), folder)


def _judge_folder(named: Named, launch: ClientLaunch) -> "Iterator[Finding]":
    """Say that the folder which an option of a wrapper names is not there."""
    option, folder = named
    path = _folder_of(launch, folder)
    if _NOT_FROM_HERE.match(folder) or "${" in folder or os.path.isdir(path):
        return
    if not os.path.isabs(folder) and not launch.directory:
        yield suspicion(f"{option} {folder} {RELATIVE}: write the absolute one")
    elif os.path.exists(path):
        yield problem(f"{option} {folder}: a file, where a folder is needed")
    else:
        yield problem(f"{option} {folder}: there is no such folder: correct the path")


def _judge_script_in_folder(script: str, option: str, folder: str) -> "Iterator[Finding]":
    if os.path.isdir(folder) and not os.path.exists(os.path.join(folder, script)):
        yield suspicion(
            f"{script} is not in {folder}, the folder of {option}: correct one of them"
        )


def _judge_scripts_of_runner(launch: ClientLaunch, near: "List[str]") -> "Iterator[Finding]":
    """Say that a script which a program such as `mcp run` is given is relative, or gone."""
    if runs_a_script(launch.command) or base_name(launch.command) in PACKAGE_RUNNERS:
        return
    for word in launch.args:
        if not _SCRIPT_ENDINGS.search(word) or len(word) >= LONGEST_PATH:
            continue
        if os.path.isabs(word):
            if not os.path.exists(word):
                yield suspicion(f"{word} is not there: {what_is_gone(word)}")
        elif not launch.directory and not _DIRECTORY_OPTIONS.intersection(launch.args):
            path = existing_file(word, near)
            if path:
                yield suspicion(f"{word} {RELATIVE}: write {path}")


def script_of(launch: ClientLaunch) -> str:
    """Return the file that an interpreter is told to run; an empty text if there is none here."""
    word = _first_word(launch)
    if _is_a_path(word):
        return word
    return ""


def _first_word(launch: ClientLaunch) -> str:
    """Return what an interpreter takes for its script; an empty text if it is given none."""
    if not runs_a_script(launch.command):
        return ""
    args = iter(launch.args)
    for word in args:
        if word in _NO_SCRIPT_FOLLOWS or _FROM_ELSEWHERE.match(word):
            return ""
        if _takes_a_word(launch.command, word):
            next(args, None)
        elif not word.startswith("-") and word not in _SUBCOMMANDS:
            return word
    return ""


def _takes_a_word(program: str, option: str) -> bool:
    """Return whether the word behind an interpreter's option belongs to that."""
    if option == "-I":  # stands alone for Python; ruby and perl take a folder
        return not is_python(program)
    if base_name(program) == "node" and option in _TAKES_A_WORD_OF_NODE:
        return True
    return option in _TAKES_A_WORD


def _judge_first_word(launch: ClientLaunch) -> "Iterator[Finding]":
    """Say that Python and node take any word for a file; others have subcommands."""
    word = _first_word(launch)
    if not _PLAIN_NAME.fullmatch(word) or launch.directory:
        return
    remedy = "write the absolute one"
    if is_python(launch.command):
        yield suspicion(f"{word} {RELATIVE}: {remedy}, or -m for a module")
    elif base_name(launch.command) == "node":
        yield suspicion(f"{word} {RELATIVE}: {remedy}")


def _script_of_shell(launch: ClientLaunch) -> str:
    """Return the file that a shell is told to run; an empty text if there is none."""
    args = launch.args
    if base_name(launch.command) not in SHELLS or not args or args[0].startswith("-"):
        return ""
    return args[0]


def _is_a_path(word: str) -> bool:
    return bool(os.path.dirname(word)) or _SCRIPT_ENDINGS.search(word) is not None


def _explain_gone(script: str) -> Finding:
    """Say why a script is not there: often its arguments were written into the same text."""
    end = script.find(" ")
    for _ in range(MOST_BLANKS):
        if end < 0:
            break
        first = script[:end]
        if os.path.isfile(first):
            return problem(f'{first} and its arguments are one text: write "{first}", then "…"')
        end = script.find(" ", end + 1)
    return problem(f"{script} is not there: {what_is_gone(script)}")


def _judge_script(
    script: str, launch: ClientLaunch, near: "List[str]", who: str
) -> "Iterator[Finding]":
    """Say that a script is not where its interpreter will look for it."""
    if os.path.isabs(script):
        if not os.path.exists(script):
            yield _explain_gone(script)
        return
    if _NOT_FROM_HERE.match(script):
        if not script.startswith("~"):  # of that it was said that clients do not replace it
            yield problem(f"{script} is a path of Windows, and this is another system")
        return
    start = launch.directory or os.path.abspath(os.sep)
    if launch.directory and os.path.exists(os.path.join(start, script)):
        if not launch.fixed_directory:
            where = f"found only while {who} starts it in {start}"
            yield suspicion(f"{script} is a relative path, {where}: write the absolute one")
        return
    remedy = f"write {existing_file(script, near) or 'the absolute one'}"
    if launch.directory:
        yield problem(f"{script} is a relative path, and not in {start}: {remedy}")
    else:
        yield problem(f"{script} {RELATIVE}: {remedy}")
