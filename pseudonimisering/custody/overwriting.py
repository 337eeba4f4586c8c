"""Files that must be gone: overwritten, on disk, and then removed.

On a solid-state disk, a copying file system or a snapshot the old bytes may outlive this; the certificate of
destruction says so. What lies here is wrapped, so what survives is worth what the master key is worth.
"""

import os
import secrets
import shutil
from pathlib import Path

from zoo_formaat.atomic import sync_to_disk

_BLOCK = 1 << 20


def erase_file(path: Path) -> None:
    """Overwrite a file with random bytes and remove it; a symbolic link is removed, an absent file is no error."""
    if path.is_symlink():
        path.unlink()
        return
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_NOFOLLOW)
    except FileNotFoundError:
        return
    with os.fdopen(descriptor, "wb") as stream:
        left = os.fstat(stream.fileno()).st_size
        while left > 0:
            left -= stream.write(secrets.token_bytes(min(left, _BLOCK)))
        stream.flush()
        os.fsync(stream.fileno())
    path.unlink(missing_ok=True)
    sync_to_disk(path.parent)


def erase_folder(path: Path) -> int:
    """Overwrite and remove all files below a folder, and the folder; return how many files there were."""
    if not path.is_dir() or path.is_symlink():
        return 0
    files = sorted(entry for entry in path.rglob("*") if entry.is_symlink() or entry.is_file())
    for file in files:
        erase_file(file)
    shutil.rmtree(path)
    sync_to_disk(path.parent)
    return len(files)
