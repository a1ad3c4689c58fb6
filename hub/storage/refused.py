"""Why a device is not let in."""

from typing import ClassVar


class RefusedError(PermissionError):
    """A device is not let in. `code` is counted, the text is for whoever stands before the board.

    RefusedError
    ├── UnknownTokenError
    ├── ExpiredTokenError
    ├── UsedTokenError        used up by other devices, or withdrawn
    ├── PositionTakenError    another device is in service there
    ├── RevokedDeviceError    this key was revoked and never comes back
    ├── OtherClassError       this key is known as a device of another class, or the position needs another
    ├── TurnedDownError       a person said no to this board
    ├── QueueFullError        too many boards wait, altogether or from this address
    ├── NotCurrentError       the certificate shown is not the one that this device should have
    ├── SameKeyError          a renewal needs a new key
    ├── KeyTakenError         the key is another device's, or was this one's before
    ├── RenewedTooOftenError
    └── UnknownApplicantError nobody who waits has this code
    """

    code: ClassVar[str] = "refused"


class UnknownTokenError(RefusedError):
    code = "unknown-token"


class ExpiredTokenError(RefusedError):
    code = "expired-token"


class UsedTokenError(RefusedError):
    code = "used-token"


class PositionTakenError(RefusedError):
    code = "position-taken"


class RevokedDeviceError(RefusedError):
    code = "revoked-device"


class OtherClassError(RefusedError):
    code = "other-class"


class TurnedDownError(RefusedError):
    code = "turned-down"


class QueueFullError(RefusedError):
    code = "queue-full"


class NotCurrentError(RefusedError):
    code = "not-current"


class SameKeyError(RefusedError):
    code = "same-key"


class KeyTakenError(RefusedError):
    code = "key-taken"


class RenewedTooOftenError(RefusedError):
    code = "renewed-too-often"


class UnknownApplicantError(RefusedError):
    code = "unknown-applicant"
