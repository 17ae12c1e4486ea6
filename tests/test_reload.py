"""Loading tools files anew: what counts as a change, what is loaded, and when it is refused."""

import itertools
import os
import unittest
from unittest import mock

from cwd_server.errors import UserError
from cwd_server.toolkit.call import ToolCall, run_call
from cwd_server.toolkit.loading import file_state, importer, reload
from cwd_server.toolkit.loading.loader import load_tools
from tests.support.cases import posix
from tests.support.command_line import run_command
from tests.support.files import temporary_directory, tools_file, write_file


class WithReloader(unittest.TestCase):
    """A tools file that is watched; `tools` are those that were told last."""

    SOURCE = "import helper\n@tool\ndef word() -> str:\n    return helper.WORD\n"

    def setUp(self):
        self.folder = temporary_directory(self)
        self.addCleanup(importer.take_modules)
        settled = mock.patch.object(reload, "SETTLED", 0)
        settled.start()
        self.addCleanup(settled.stop)
        self.write_helper("one")
        self.path = self.write(self.SOURCE)
        self.watch(self.path)

    def watch(self, path):
        self.log = []
        self.told = []
        self.reloader = reload.Reloader([path], [], self.log.append)
        self.tools = load_tools([path], [])
        with mock.patch.object(reload.threading, "Thread"):
            self.reloader.start(self.told.append)

    def write(self, source):
        return tools_file(self, source, "watched.py", self.folder)

    def write_helper(self, word):
        return write_file(os.path.join(self.folder, "helper.py"), f"WORD = {word!r}\n")

    def look(self):
        """Look for changes; return what the tools return then, by name."""
        self.reloader.look()
        if self.told:
            self.tools = self.told[-1]
        return {tool.name: self.call(tool) for tool in self.tools}

    def call(self, tool):
        return run_call(ToolCall(tool, {}), self.fail)["content"][0]["text"]


class Changes(WithReloader):
    def test_nothing(self):
        self.assertEqual(self.look(), {"word": "one"})
        self.assertEqual((self.told, self.log), ([], []))

    def test_the_file_itself(self):
        self.write(self.SOURCE + "@tool\ndef more() -> str:\n    return 'more'\n")
        self.assertEqual(self.look(), {"word": "one", "more": "more"})
        self.write(self.SOURCE)
        self.assertEqual(self.look(), {"word": "one"})
        self.assertEqual(len(self.told), 2)

    @unittest.skipIf(
        os.name == "nt",
        "Python on Windows does not tell when a file was changed, only what its times say",
    )
    def test_a_module_beside_it_even_with_the_same_times(self):
        path = self.write_helper("two")
        os.utime(path, (1500000000, 1500000000))
        self.assertEqual(self.look(), {"word": "two"})
        path = self.write_helper("six")
        os.utime(path, (1500000000, 1500000000))
        self.assertEqual(self.look(), {"word": "six"})

    @posix
    def test_a_link_that_leads_to_another_file(self):
        link = os.path.join(self.folder, "link.py")
        os.symlink(self.path, link)
        self.watch(link)
        other = tools_file(self, self.SOURCE.replace("word", "other"), "other.py", self.folder)
        os.unlink(link)
        os.symlink(other, link)
        self.assertEqual(self.look(), {"other": "one"})

    def test_other_files_are_none_of_ours(self):
        self.write_helper("one")
        self.look()
        told = len(self.told)
        write_file(os.path.join(self.folder, "other.py"), "1 / 0\n")
        self.look()
        self.assertEqual(len(self.told), told)

    def test_a_file_that_is_still_being_written_is_waited_for(self):
        """Editors write in several steps: what is there between two of them is not loaded."""
        more = self.SOURCE + "@tool\ndef more() -> str:\n    return 'more'\n"
        steps = iter(["1 / 0\n", more])

        def sleep(_):
            source = next(steps, None)
            if source is not None:
                self.write(source)

        self.write("def f(:\n")
        with mock.patch.object(reload.time, "sleep", sleep):
            self.assertEqual(self.look(), {"word": "one", "more": "more"})
        self.assertEqual((len(self.told), self.log), (1, []))

    def test_running_calls_end_with_the_old_code(self):
        old = self.tools[0]
        self.write_helper("two")
        self.assertEqual(self.look(), {"word": "two"})
        self.assertEqual(self.call(old), "one")


class Failures(WithReloader):
    def test_a_file_that_does_not_load_leaves_what_was(self):
        self.write("def f(:\n")
        self.assertEqual(self.look(), {"word": "one"})
        self.assertEqual(self.look(), {"word": "one"})
        self.assertEqual(len(self.log), 1)
        self.assertRegex(
            self.log[0], "the tools stay as they were: .*watched.py, line 2: SyntaxError"
        )
        self.write(self.SOURCE)
        self.write_helper("two")
        self.assertEqual(self.look(), {"word": "two"})

    def test_the_old_modules_stay_importable(self):
        """Also those that the file imported before it failed."""
        self.write("import helper\n1 / 0\n")
        self.write_helper("two")
        self.look()
        self.assertEqual(importer.loaded_modules()["helper"].WORD, "one")

    def test_a_missing_module_that_is_written_later(self):
        """Even so soon that the time of its folder is the same."""
        self.write(self.SOURCE.replace("import helper", "import helper, later"))
        self.look()
        self.assertRegex(self.log[0], "No module named 'later'")
        times = os.stat(self.folder)
        write_file(os.path.join(self.folder, "later.py"), "")
        os.utime(self.folder, ns=(times.st_atime_ns, times.st_mtime_ns))
        self.look()
        self.assertEqual(len(self.told), 1)

    def test_a_file_that_is_gone_for_a_while(self):
        os.rename(self.path, self.path + ".old")
        self.assertEqual(self.look(), {"word": "one"})
        self.assertRegex(self.log[0], "there is no such file")
        os.rename(self.path + ".old", self.path)
        self.assertEqual(self.look(), {"word": "one"})
        self.assertEqual(len(self.told), 1)

    @posix
    def test_files_that_others_may_write_by_now(self):
        for name in ("watched.py", "helper.py"):
            path = os.path.join(self.folder, name)
            with self.subTest(name=name):
                self.write_helper("two")
                os.chmod(path, 0o666)
                self.assertEqual(self.look(), {"word": "one"})
                self.assertIn("may be written by everybody", self.log[-1])
                said = len(self.log)
                self.assertEqual(self.look(), {"word": "one"})
                self.assertEqual(len(self.log), said)
                os.chmod(path, 0o644)
        self.assertEqual(self.look(), {"word": "two"})

    def test_a_file_that_never_settles_is_loaded_all_the_same(self):
        states = itertools.count()
        never_twice = mock.patch.object(self.reloader, "_states", lambda: [next(states)])
        soon = mock.patch.object(reload, "MAX_SETTLING", 0.01)
        with never_twice, soon:
            self.write_helper("two")
            self.assertEqual(self.look(), {"word": "two"})


class Refused(unittest.TestCase):
    def test_without_tools_files(self):
        self.assertEqual(run_command(["--reload"]).status, 2)

    @posix
    def test_files_and_folders_that_others_may_write(self):
        folder = temporary_directory(self)
        path = tools_file(self, "", "open.py", os.path.join(folder, "inner"))
        reload.Reloader([path], [], print)
        for changed in (path, os.path.dirname(path), folder):
            with self.subTest(path=changed):
                mode = os.stat(changed).st_mode
                os.chmod(changed, mode | 0o002)
                with self.assertRaisesRegex(UserError, f"{changed} may be written by everybody"):
                    reload.Reloader([path], [], print)
                os.chmod(changed, mode)

    @posix
    def test_groups_and_owners(self):
        path = tools_file(self, "")
        os.chmod(path, 0o664)
        with mock.patch.object(file_state, "_is_private_group", lambda gid: False):
            self.assertRegex(file_state.writable_by_others(path), "by the members of a group")
        with mock.patch.object(file_state, "_is_private_group", lambda gid: True):
            self.assertIsNone(file_state.writable_by_others(path))
        with mock.patch.object(file_state.os, "geteuid", lambda: os.getuid() + 1):
            if os.getuid() != 0:
                self.assertRegex(file_state.writable_by_others(path), "belongs to another user")

    @posix
    @unittest.skipIf(os.name == "posix" and os.geteuid() != 0, "root alone gives files to groups")
    def test_of_groups_root_trusts_its_own_alone(self):
        path = tools_file(self, "")
        os.chmod(path, 0o664)
        os.chown(path, 0, 0)
        self.assertIsNone(file_state.writable_by_others(path))
        for group in (1, 54321):  # that of daemons, and one that has no name
            with self.subTest(group=group):
                os.chown(path, 0, group)
                self.assertRegex(file_state.writable_by_others(path), "by the members of a group")
