"""Wakes a thread that waits in poll(2); rung from any thread, and harmless once it has been put away."""

import os
import threading


class Bell:
    """Register it for POLLIN. An eventfd(2) beneath."""

    def __init__(self) -> None:
        self._descriptor = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        self._lock = threading.Lock()  # a ring must not meet the closing: the number may be another file's by then
        self._closed = False

    def fileno(self) -> int:
        return self._descriptor

    def ring(self) -> None:
        with self._lock:
            if not self._closed:
                os.eventfd_write(self._descriptor, 1)

    def hush(self) -> None:
        """Take note of all rings so far. Only for the thread that waits."""
        try:
            os.eventfd_read(self._descriptor)
        except BlockingIOError:
            pass

    def close(self) -> None:
        with self._lock:
            if not self._closed:
                self._closed = True
                os.close(self._descriptor)
