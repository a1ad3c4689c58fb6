"""What is said no to."""


class RefusedError(Exception):
    """The rules do not allow it; nothing happened. `hub.domain.words.refusal(code, detail)` says it to people."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code, self.detail = code, detail
