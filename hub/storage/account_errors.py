"""What accounts, and the clients of platforms, refuse."""


class AccountError(Exception):
    """What accounts refuse. `code` is counted, the text is for the person.

    AccountError
    ├── WrongPasswordError      or no such account, or disabled: it does not say which
    ├── ThrottledError          too many attempts; `retry_after_s`
    ├── NameTakenError
    ├── UnknownAccountError
    ├── UnknownTokenError
    ├── LastAdministratorError
    ├── BadAccountError         a name, password or work number that cannot be
    └── …                       of clients: hub.storage.clients
    """

    code = "account"


class WrongPasswordError(AccountError):
    code = "wrong-password"


class ThrottledError(AccountError):
    code = "too-many-attempts"

    def __init__(self, retry_after_s: int) -> None:
        super().__init__(f"too many attempts to log in; try again in {retry_after_s} s")
        self.retry_after_s = retry_after_s


class NameTakenError(AccountError):
    code = "name-taken"


class UnknownAccountError(AccountError):
    code = "unknown-account"


class UnknownTokenError(AccountError):
    code = "unknown-token"


class LastAdministratorError(AccountError):
    code = "last-administrator"


class BadAccountError(AccountError, ValueError):
    code = "bad-account"
