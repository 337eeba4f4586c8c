"""What is opened in this process stays in it: no core dump, no look inside by another process of the same user."""

import ctypes
import resource

_PR_SET_DUMPABLE = 4


def keep_in_memory_only() -> None:
    """Forbid core dumps of this process and tracing by others, for as long as it lives.

    Called before a secret is opened. Sources: setrlimit(2) RLIMIT_CORE, prctl(2) PR_SET_DUMPABLE (Linux; elsewhere only
    the limit is set). Swap is not covered: that is for the host (encrypted swap, or none).
    """
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    prctl = getattr(ctypes.CDLL(None), "prctl", None)
    if prctl is not None:
        prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
