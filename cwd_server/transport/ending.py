"""The end of the process, once serving has ended.

Python waits at exit for what a tool may have left behind: threads, children of multiprocessing,
exit handlers, finalizers. They get a moment, and then the process ends without them.
"""

import atexit
import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Optional

EXIT_TIMEOUT = 0.5  # seconds for all of it


class Ending:
    """Ends the process; made before tools are loaded.

    Exit handlers run in reverse order, so this one's comes last: after it Python would finalize
    modules, which runs whatever `__del__` tools have.

    has_leftovers: whether there may be any; get_cwd leaves nothing behind
    """

    def __init__(self) -> None:
        self.has_leftovers = True
        self._status: Optional[int] = None
        atexit.register(self._end)

    def exit_soon(self, status: int) -> None:
        """Let the process end with `status` at exit, and after EXIT_TIMEOUT in any case."""
        if not self.has_leftovers or self._status is not None:
            return
        self._status = status
        has_alarm = self._set_alarm()
        if not self._start_timer() and not has_alarm:
            self._end()

    def _set_alarm(self) -> bool:
        """Have a signal end the process, in the main thread; return whether that can be done."""
        try:
            import _signal  # type: ignore[import-not-found]  # signal's core, loaded already

            _signal.signal(_signal.SIGALRM, self._end)
            _signal.setitimer(_signal.ITIMER_REAL, EXIT_TIMEOUT)
        except (AttributeError, ValueError, OSError):  # Windows has no alarms
            return False
        return True

    def _start_timer(self) -> bool:
        """Have a thread end the process; return whether the system gives one."""
        import threading

        timer = threading.Timer(EXIT_TIMEOUT, self._end)
        timer.daemon = True
        try:
            timer.start()
        except (RuntimeError, MemoryError):
            return False
        return True

    def _end(self, *_: object) -> None:
        if self._status is None:
            return  # this process does not end by way of serving
        for stream in (sys.stdout, sys.stderr):
            try:
                stream.flush()
            except Exception:  # whatever a tool has put there
                pass
        os._exit(self._status)
