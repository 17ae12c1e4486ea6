"""What Windows needs for pipes that nobody may read; imported there alone.

What CreatePipe makes is a named pipe too.
https://learn.microsoft.com/windows/win32/api/namedpipeapi
"""

import _winapi  # with msvcrt built in, where ctypes takes 10 ms
import msvcrt

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Union

PIPE_NOWAIT = 1


def set_no_wait(descriptor: int) -> bool:
    """Let `write` to a pipe return where it would wait; return whether it is a pipe."""
    try:
        handle = msvcrt.get_osfhandle(descriptor)  # type: ignore[attr-defined]
        _winapi.SetNamedPipeHandleState(  # type: ignore[attr-defined]
            handle, PIPE_NOWAIT, None, None
        )
    except OSError:
        return False
    return True


def write(descriptor: int, data: "Union[bytes, memoryview]") -> int:
    """Write to a pipe of which set_no_wait was told; return how many bytes, 0 if there is no room.

    os.write makes of no room one of several errors. Raises BrokenPipeError if nobody is there.
    """
    handle = msvcrt.get_osfhandle(descriptor)  # type: ignore[attr-defined]
    written, _ = _winapi.WriteFile(handle, data)  # type: ignore[attr-defined]
    return int(written)


def has_ended(descriptor: int) -> bool:
    """Whether nobody is at the writing end of a pipe any more."""
    try:
        handle = msvcrt.get_osfhandle(descriptor)  # type: ignore[attr-defined]
        _winapi.PeekNamedPipe(handle, 0)  # type: ignore[attr-defined]
    except BrokenPipeError:
        return True
    except OSError:
        pass  # no pipe
    return False
