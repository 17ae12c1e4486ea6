"""What Windows needs for pipes that nobody may read; imported there alone."""

import ctypes
import msvcrt

PIPE_NOWAIT = 1  # https://learn.microsoft.com/windows/win32/api/namedpipeapi


def set_no_wait(descriptor: int) -> None:
    """Let writing to a pipe fail with ENOSPC where it would wait; raise OSError if it is no pipe."""
    handle = msvcrt.get_osfhandle(descriptor)  # type: ignore[attr-defined]
    mode = ctypes.c_ulong(PIPE_NOWAIT)
    done = ctypes.windll.kernel32.SetNamedPipeHandleState(  # type: ignore[attr-defined]
        ctypes.c_void_p(handle), ctypes.byref(mode), None, None
    )
    if not done:
        raise OSError("not a pipe")


def has_ended(descriptor: int) -> bool:
    """Whether nobody is at the writing end of a pipe any more."""
    handle = msvcrt.get_osfhandle(descriptor)  # type: ignore[attr-defined]
    found = ctypes.windll.kernel32.PeekNamedPipe(  # type: ignore[attr-defined]
        ctypes.c_void_p(handle), None, 0, None, None, None
    )
    return not found
