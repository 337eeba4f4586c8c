"""The environment of the tools that are measured beside ours: they are never installed in our own."""

from pathlib import Path

_PYTHON = Path(__file__).parents[1] / ".venv-peers" / "bin" / "python"


def peer_python() -> Path | None:
    """Return the Python in which the peers are installed (`benchmarks/peers.txt`), or None when it is not there."""
    return _PYTHON if _PYTHON.exists() else None
