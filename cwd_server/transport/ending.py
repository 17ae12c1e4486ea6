"""The end of the process, once serving has ended.

Python waits at exit for what a tool may have left behind: threads, children of multiprocessing,
exit handlers, finalizers. They get a moment, and then the process ends without them.

That moment ends the grace that calls get too, so all of it together is within three seconds.
"""

import _signal  # type: ignore[import-not-found]  # signal's core, loaded already
import atexit
import os
import sys

from cwd_server.transport import log

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Optional

EXIT_TIMEOUT = 0.4  # seconds for all of it


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
            self._end_now()

    def _set_alarm(self) -> bool:
        """Have a signal end the process, in the main thread; return whether that can be done.

        Another Ctrl-C changes nothing then: it would only show a traceback of an exit handler.
        """
        try:
            _signal.signal(_signal.SIGINT, _ignore)
            _signal.signal(_signal.SIGALRM, self._end_now)
            _signal.setitimer(_signal.ITIMER_REAL, EXIT_TIMEOUT)
        except (AttributeError, ValueError, OSError):  # Windows has no alarms
            return False
        return True

    def _start_timer(self) -> bool:
        """Have a thread end the process; return whether the system gives one."""
        import threading

        timer = threading.Timer(EXIT_TIMEOUT, self._end_now)
        timer.daemon = True
        try:
            timer.start()
        except (RuntimeError, MemoryError):
            return False
        return True

    def _end(self) -> None:
        if self._status is None:
            return  # this process does not end by way of serving
        for stream in (sys.stdout, sys.stderr):
            try:
                stream.flush()
            except Exception:  # whatever a tool has put there
                pass
        os._exit(self._status)

    def _end_now(self, *_: object) -> None:
        """End without flushing what a tool may have put in place of stdout: that can hang."""
        log.flush()
        os._exit(self._status or 0)


def _ignore(*_: object) -> None:
    """Handle a signal: by a function rather than SIG_IGN, which children would inherit."""


def end_on_signals() -> None:
    """End on the usual signals also as process 1 of a container, where the kernel drops them."""
    if os.getpid() != 1:
        return
    for name in ("SIGTERM", "SIGHUP", "SIGQUIT"):
        number = getattr(_signal, name, None)
        if number is not None and _signal.getsignal(number) == _signal.SIG_DFL:
            _signal.signal(number, _exit_by_signal)


def _exit_by_signal(number: int, frame: object) -> None:
    os._exit(128 + number)
