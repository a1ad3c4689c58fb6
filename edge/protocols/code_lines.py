"""What bar code and QR code scanners send on a serial line: a code, and the end of a line. Pure."""

CODE_MAX = 200  # characters; appointments' codes are far shorter


class CodeLines:
    """Codes out of a stream. CR, LF or both end one. What is no printable text, or too long, is dropped and counted."""

    def __init__(self) -> None:
        self._line = bytearray()
        self._overlong = False
        self.dropped = 0

    def feed(self, data: bytes) -> list[str]:
        codes = []
        for byte in data:
            if byte in b"\r\n":
                codes += self._end()
            elif len(self._line) < 4 * CODE_MAX:
                self._line.append(byte)
            else:
                self._overlong = True
        return codes

    @property
    def pending(self) -> bool:
        return bool(self._line)

    def silence(self) -> None:
        """The line was quiet for longer than a code pauses: what has no end was cut, and is not continued."""
        self.dropped += bool(self._line)
        self._clear()

    def _end(self) -> list[str]:
        raw, overlong = bytes(self._line), self._overlong
        self._clear()
        if not raw.strip():
            return []
        code = "" if overlong else _text(raw)
        if not code:
            self.dropped += 1
        return [code] if code else []

    def _clear(self) -> None:
        self._line.clear()
        self._overlong = False


def _text(raw: bytes) -> str:
    """UTF-8, or empty: scanners with another character set, and noise, are not guessed at."""
    try:
        code = raw.decode("utf-8").strip()
    except UnicodeDecodeError:
        return ""
    return code if len(code) <= CODE_MAX and code.isprintable() else ""
