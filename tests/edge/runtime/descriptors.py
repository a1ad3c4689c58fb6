"""Many open files: select(2) refuses descriptors above 1023, or, where it does not, writes over the stack."""

import contextlib
import os
import resource
from collections.abc import Iterator
from pathlib import Path


@contextlib.contextmanager
def taken(count: int) -> Iterator[None]:
    """So many descriptors are in use by this process: the next it opens have higher numbers."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, max(soft, 3 * count)), hard))
    with contextlib.ExitStack() as stack:
        while stack.enter_context(Path(os.devnull).open()).fileno() < count:
            pass
        yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
