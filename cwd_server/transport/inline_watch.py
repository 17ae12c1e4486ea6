"""Looks after the server while a tool with `threaded=False` runs, which keeps the main thread.

The main thread reads, and notices when the input ends or the client dies. A tool that runs there
and does not return would keep the process alive for ever, and answers that wait to leave together
would wait for it.
"""

import _signal  # type: ignore[import-not-found]  # signal's core, loaded already
import time
from _thread import allocate_lock, start_new_thread

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Callable, Optional

CHECK_INTERVAL = 0.2  # seconds between looks at a call that runs
IDLE_INTERVALS = 25  # of these without a call, and the thread sleeps until there is one


class InlineWatch:
    """A thread that looks, now and then, whether the same call still runs.

    look: called on the thread, with when the call began, as time.monotonic() says
    """

    def __init__(self, look: "Callable[[float], None]") -> None:
        self._look = look
        self._began: Optional[float] = None  # when the call began that runs
        self._calls = 0
        self._has_started = False
        self._is_asleep = False
        self._wake = allocate_lock()  # the thread sleeps by waiting for it
        self._wake.acquire()

    def begin(self, now: float) -> None:
        """Note that a call begins in the main thread."""
        self._calls += 1
        self._began = now
        if not self._has_started:
            self._start()
        if self._is_asleep:
            self._is_asleep = False
            if self._wake.locked():
                self._wake.release()

    def end(self) -> None:
        """Note that it has ended."""
        self._began = None

    def _start(self) -> None:
        try:
            start_new_thread(self._run, ())
        except RuntimeError:
            return  # the system gives no thread; the next call asks again
        self._has_started = True

    def _run(self) -> None:
        _leave_signals_to_main_thread()
        idle = 0
        while True:
            calls = self._calls
            time.sleep(CHECK_INTERVAL)
            began = self._began
            if began is not None and calls == self._calls:
                self._look(began)
            if began is not None or calls != self._calls:
                idle = 0
                continue
            idle += 1
            if idle >= IDLE_INTERVALS:
                self._sleep()
                idle = 0

    def _sleep(self) -> None:
        """Sleep until a call begins."""
        self._is_asleep = True
        if self._began is None:  # else one has begun just before that was said
            self._wake.acquire()
        self._is_asleep = False


def _leave_signals_to_main_thread() -> None:
    """Let the system deliver no signal to this thread.

    The main thread alone handles them, and one that was delivered here would not wake a tool that
    sleeps or reads there.
    """
    if hasattr(_signal, "valid_signals"):  # Python 3.8
        signals = _signal.valid_signals()
    else:
        signals = range(1, _signal.NSIG)
    if hasattr(_signal, "pthread_sigmask"):  # not on Windows
        _signal.pthread_sigmask(_signal.SIG_BLOCK, signals)
