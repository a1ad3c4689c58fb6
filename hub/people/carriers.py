"""Which messenger the hub has, as `--sms` says."""

from pathlib import Path

from hub.people.messages import ConsoleMessenger, FileMessenger, Messenger
from hub.people.provider import Provider, load

CARRIERS = ("file", "console", "http")


def messenger_of(sms: str, *, kept: Path, provider: Path | None) -> Messenger:
    """`kept`: the file of `file`; `provider`: the TOML file of `http`. Raises ProviderError."""
    if sms == "http" and provider is not None:
        return Provider(load(provider))
    return ConsoleMessenger() if sms == "console" else FileMessenger(kept)
