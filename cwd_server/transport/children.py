"""Children that tools have forked and that have ended where the tool does.

Nobody waits for those: the tool meant them to go on by themselves. Without a parent that takes its
exit status each would stay in the system's table of processes as long as the server runs.
"""

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Callable, List

SIZE_OF_ID = 4  # bytes of a process id in the pipe


class Children:
    """Takes the exit status of children that say that they end.

    is_idle: whether no tool runs, which might wait for its child itself
    reader: a descriptor with something to read when one has said so
    """

    def __init__(self, is_idle: "Callable[[], bool]") -> None:
        self._is_idle = is_idle
        self._ended: List[int] = []
        self.reader, self._writer = os.pipe()
        os.set_blocking(self._writer, False)

    def say_goodbye(self) -> None:
        """Say, in a child, that it ends now."""
        os.write(self._writer, os.getpid().to_bytes(SIZE_OF_ID, "little"))

    def note(self) -> None:
        """Read which children have ended."""
        data = os.read(self.reader, 1024 * SIZE_OF_ID)
        for start in range(0, len(data), SIZE_OF_ID):
            self._ended.append(int.from_bytes(data[start : start + SIZE_OF_ID], "little"))

    def reap(self) -> None:
        """Take the exit status of those whose tools have returned."""
        if not self._ended or not self._is_idle():
            return
        ended, self._ended = self._ended, []
        for process in ended:
            try:
                os.waitpid(process, 0)  # it is at its very end
            except ChildProcessError:
                pass  # its tool has waited for it, or it is a child's child
