"""A serial port: pyserial opens and sets it; waiting is done here, in poll(2).

pyserial waits in select(2), which cannot take file descriptors above 1023.
"""

import os
import select
import termios
import time

import serial

from edge.runtime.bell import Bell

_BROKEN = select.POLLERR | select.POLLHUP | select.POLLNVAL
_READ_BYTES = 4096


class SerialPort:
    """8N1, for this process alone. Everything raises OSError when the port fails or is gone.

    `flow`: "none", "rtscts" or "dsrdtr"; or "rs485": the kernel raises RTS while it sends (linux/serial.h,
    SER_RS485_RTS_ON_SEND), for a transceiver whose driver it switches. Raises ValueError for a setting that the port
    does not have.
    """

    def __init__(self, path: str, baud: int, flow: str = "none") -> None:
        flows = {"rtscts": flow == "rtscts", "dsrdtr": flow == "dsrdtr"}
        try:
            self._serial = serial.Serial(path, baud, timeout=0, write_timeout=0, exclusive=True, **flows)
        except termios.error as error:  # pyserial's own errors are OSError, but for one of the kernel's
            raise OSError(*error.args) from error
        if flow == "rs485":
            self._switch_direction()

    def fileno(self) -> int:
        return int(self._serial.fileno())

    def read(self, patience_s: float, size: int = _READ_BYTES, bell: Bell | None = None) -> bytes:
        """What is there as soon as anything is, up to `size` bytes; b"" when nothing came in time, or `bell` rang."""
        if not self._wait(select.POLLIN, patience_s, bell):
            return b""
        data = os.read(self._serial.fileno(), size)
        if not data:
            raise ConnectionResetError("the port went away")
        return data

    def write(self, data: bytes, patience_s: float) -> None:
        """Returns once the kernel has taken all of it. Raises TimeoutError, with a part of it sent."""
        left = memoryview(data)
        until = time.monotonic() + patience_s
        while left:
            if not self._wait(select.POLLOUT, until - time.monotonic()):
                raise TimeoutError(f"the port took {len(data) - len(left)} of {len(data)} bytes in {patience_s:g} s")
            left = left[os.write(self._serial.fileno(), left) :]

    def close(self) -> None:
        self._serial.close()

    def _switch_direction(self) -> None:
        from serial.rs485 import RS485Settings

        try:
            self._serial.rs485_mode = RS485Settings(rts_level_for_tx=True, rts_level_for_rx=False)
        except ValueError as error:
            self._serial.close()
            raise ValueError("this port cannot switch an RS-485 driver by RTS") from error

    def _wait(self, wanted: int, patience_s: float, bell: Bell | None = None) -> bool:
        ready = select.poll()
        ready.register(self._serial.fileno(), wanted)
        if bell is not None:
            ready.register(bell, select.POLLIN)
        events = dict(ready.poll(max(0.0, patience_s) * 1000))
        if events.get(self._serial.fileno(), 0) & _BROKEN:
            raise ConnectionResetError("the port went away")
        return self._serial.fileno() in events
