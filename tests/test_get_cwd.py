"""get_cwd: what it says of a directory, and of one that is probably not the one that was meant."""

import os
import unittest
from unittest import mock

from cwd_server import location
from cwd_server.toolkit import ToolError
from cwd_server.tools import directory
from cwd_server.tools.directory import OPTION, PROCESS, TOOL, Choice, DirectoryError, Surroundings
from cwd_server.tools.file_uri import file_uri
from cwd_server.tools.get_cwd import get_cwd
from cwd_server.tools.owners import owner_of
from tests.support.cases import posix
from tests.support.files import temporary_directory

NOWHERE = Surroundings(None, ())


class Started(unittest.TestCase):
    """In a new directory, as a client starts the server there."""

    def setUp(self):
        self.directory = temporary_directory(self)
        self.addCleanup(os.chdir, os.getcwd())
        os.chdir(self.directory)
        for name, value in (("choice", Choice(PROCESS)), ("surroundings", NOWHERE)):
            patch = mock.patch.object(directory, name, value)
            patch.start()
            self.addCleanup(patch.stop)

    def make(self, *names):
        path = os.path.join(self.directory, *names)
        os.makedirs(path)
        return path

    def answer(self):
        return get_cwd().result["structuredContent"]


class Answers(Started):
    def test_text_comes_first_and_says_the_path(self):
        content = get_cwd().result["content"]
        self.assertEqual(
            content, [{"type": "text", "text": "Current Working Directory: " + self.directory}]
        )

    def test_structured_half(self):
        expected = {
            "cwd": self.directory,
            "uri": file_uri(os.fsencode(self.directory)),
            "source": PROCESS,
            "warnings": [],
        }
        self.assertEqual(self.answer(), expected)

    def test_a_warning_is_a_text_block_as_well(self):
        directory.surroundings = Surroundings(self.directory, ())
        warning = self.answer()["warnings"][0]
        self.assertEqual(get_cwd().result["content"][1]["text"], "Warning: " + warning)
        self.assertRegex(
            warning, "^this directory is the home directory itself.*: add `--cwd DIR` to"
        )

    def test_a_directory_chosen_by_the_option(self):
        other = self.make("other")
        directory.change_directory(other)
        self.assertEqual((self.answer()["cwd"], self.answer()["source"]), (other, OPTION))

    def test_a_directory_that_a_tool_changed_to(self):
        os.chdir(self.make("other"))
        self.assertEqual(self.answer()["source"], TOOL)
        os.chdir(self.directory)
        self.assertEqual(self.answer()["source"], PROCESS)

    @posix
    def test_a_renamed_directory_was_still_chosen_by_the_client(self):
        inner = self.make("inner")
        directory.change_directory(inner)
        os.rename(inner, inner + "2")
        self.assertEqual((self.answer()["cwd"], self.answer()["source"]), (inner + "2", OPTION))

    def test_a_kept_answer_is_not_used_for_other_surroundings(self):
        self.assertEqual(self.answer()["warnings"], [])
        directory.surroundings = Surroundings(self.directory, ())
        self.assertEqual(len(self.answer()["warnings"]), 1)
        directory.surroundings = NOWHERE
        directory.choice = Choice(OPTION)
        self.assertEqual(self.answer()["source"], OPTION)

    def test_an_answer_is_kept(self):
        first = get_cwd()
        self.assertIs(get_cwd(), first)

    def test_a_directory_that_cannot_be_read(self):
        refused = mock.Mock(side_effect=PermissionError(13, "Permission denied"))
        with mock.patch.object(os, "getcwdb", refused), self.assertRaisesRegex(
            ToolError,
            "^Failed to get current directory: Permission denied.*restart this server, or add",
        ):
            get_cwd()


class Problems(Started):
    def problems(self, path, chosen_by=PROCESS, home=None, **projects):
        return directory.problems(path, chosen_by, Surroundings(home, tuple(projects.items())))

    def test_none_where_all_is_well(self):
        self.assertEqual(self.problems(self.directory), [])

    def test_root(self):
        (problem,) = self.problems(os.path.abspath(os.sep))
        self.assertRegex(problem, "^is the root of the file system")

    @posix
    def test_home_under_another_name(self):
        home = self.make("home")
        link = os.path.join(self.directory, "link")
        os.symlink(home, link)
        (problem,) = self.problems(home, home=link)
        self.assertRegex(problem, "^is the home directory itself")

    def test_the_folder_of_the_archive_unless_it_was_chosen(self):
        archive = os.path.join(self.directory, "server.pyz")
        with open(archive, "w"):
            pass
        with mock.patch.multiple(location, ROOT=archive, runs_from_archive=lambda: True):
            (problem,) = self.problems(self.directory)
            self.assertRegex(problem, "^is the one that this server's own file is in")
            self.assertEqual(self.problems(self.directory, OPTION), [])

    def test_a_project_that_the_client_names(self):
        project = self.make("project")
        other = self.make("other")
        for variable in directory.PROJECT_VARIABLES:
            with self.subTest(variable=variable):
                (problem,) = self.problems(project, **{variable: other})
                self.assertEqual(
                    problem, f"is not the project that the client names in {variable}, {other}"
                )
                for value in (project, project + os.sep, other + "," + project, "relative"):
                    self.assertEqual(self.problems(project, **{variable: value}), [], value)

    @posix
    def test_a_project_that_the_client_names_by_a_link(self):
        project = self.make("project")
        link = os.path.join(self.directory, "link")
        os.symlink(project, link)
        self.assertEqual(self.problems(project, CLAUDE_PROJECT_DIR=link), [])

    def test_a_folder_that_is_named_as_the_project_is_nobody_elses(self):
        folder = self.make("node_modules", "inner")
        (problem,) = self.problems(folder)
        self.assertEqual(problem, "belongs to npm, not to a project")
        self.assertEqual(self.problems(folder, CLAUDE_PROJECT_DIR=folder), [])
        (problem,) = self.problems(folder, CLAUDE_PROJECT_DIR=os.path.dirname(folder))
        self.assertRegex(problem, "^is not the project that the client names")


class ChangingTheDirectory(Started):
    def refusal(self, name):
        with self.assertRaises(DirectoryError) as caught:
            directory.change_directory(name)
        return str(caught.exception)

    def test_a_directory_that_is_not_there(self):
        self.assertRegex(self.refusal("/no/such"), "^--cwd /no/such: ")

    def test_a_variable_that_the_client_left(self):
        self.assertIn("did not expand this variable", self.refusal("${workspaceFolder}"))

    @posix
    def test_a_home(self):
        with mock.patch.dict(os.environ, {"HOME": self.directory}):
            os.chdir("/")
            directory.change_directory("~")
        self.assertEqual(os.getcwd(), self.directory)

    @posix
    def test_a_home_that_nobody_knows_is_said_to_be_that(self):
        for home in ("", "relative"):
            with self.subTest(home=home), mock.patch.dict(os.environ, {"HOME": home}):
                self.assertRegex(self.refusal("~/x"), "the home directory is not known")

    @posix
    def test_a_user_that_is_not_there(self):
        self.assertIn("there is no user nobody-here", self.refusal("~nobody-here/x"))


class Owners(unittest.TestCase):
    """Whose a directory is, with paths as every system has them."""

    CASES = (
        ("/usr/bin", "the system"),
        ("/usr", "the system"),
        ("/bin", "the system"),
        ("/System/Library", "the system"),
        ("/Applications/Cursor.app/Contents", "the system"),
        ("/snap/code/1/usr/share/code", "the system"),
        ("/nix/store/abc-cursor", "the system"),
        ("/Windows/System32", "the system"),
        ("/Program Files/Claude", "the system"),
        ("/Program Files (x86)/Cursor", "the system"),
        ("/Users/me/AppData/Local/uv/cache/archive-v0/x", "uv"),
        ("/home/me/.local/share/uv/tools/x", "uv"),
        ("/home/me/.local/share/pipx/venvs/x", "pipx"),
        ("/home/me/.npm/_npx/x", "npx"),
        ("/home/me/venv/lib/python3.11/site-packages/x", "pip"),
        ("/home/me/project/node_modules/x", "npm"),
        ("/home/me/.vscode/extensions/a.b-1", "a VS Code extension"),
        ("/home/me/.vscode-server/bin/0", "VS Code"),
        ("/home/me/.config/Code - Insiders/agentPlugins/x", "VS Code"),
        ("/home/me/.cursor/extensions/a.b-1", "a Cursor extension"),
        ("/home/me/.claude/plugins/cache/x", "a Claude plugin"),
        ("/home/me/.codex/plugins/x", "a Codex plugin"),
        ("/home/me/.kiro/extensions/x", "an app's extension"),
        ("/home/me/Applications/Cursor.app/Contents", "an app"),
        ("/tmp/.mount_CursorAbC/usr", "an AppImage"),
        ("/Users/me/AppData/Local/Programs/cursor", "an app"),
        ("/Users/me/AppData/Local/AnthropicClaude/app-1.2.3", "Claude"),
        ("/Users/me/AppData/Local/slack/app-4.1.0", "an app"),
        ("/Users/me/Library/Application Support/Claude", "an app"),
        ("/home/me/.cache/x", "a cache"),
    )
    USERS = (
        "/home/me/uv",
        "/home/me/pipx/src",
        "/home/usr/bin",
        "/usr/src/app",
        "/usr/home/me/project",
        "/srv/windows",
        "/opt/project",
        "/app",
        "/users/me/project",
        "/home/me/project/extensions/x",
        "/home/me/.dotfiles/plugins",
        "/home/me/application/app-1",
        "/home/me/snap",
    )

    def test_folders_of_others(self):
        for path, owner in self.CASES:
            with self.subTest(path=path):
                self.assertEqual(owner_of(path), owner)

    def test_folders_of_users(self):
        for path in self.USERS:
            with self.subTest(path=path):
                self.assertIsNone(owner_of(path))


class URIs(unittest.TestCase):
    CASES = (
        (b"/a b/\xc3\xa9?#%", False, "file:///a%20b/%C3%A9%3F%23%25"),
        (b"/\xff\xfe", False, "file:///%FF%FE"),
        (b"/a:b~c-d_e.f", False, "file:///a%3Ab~c-d_e.f"),
        (b"C:\\a b", True, "file:///C:/a%20b"),
        (b"\\\\host\\share\\a", True, "file://host/share/a"),
        (b"\\\\?\\C:\\long", True, "file:///C:/long"),
        (b"\\\\?\\UNC\\host\\share\\a", True, "file://host/share/a"),
    )

    def test_each(self):
        for path, windows, uri in self.CASES:
            with self.subTest(path=path):
                self.assertEqual(file_uri(path, windows), uri)


if __name__ == "__main__":
    unittest.main()
