"""The workplace: the folder of one project, where the analyst works and out of which nothing goes by itself.

`project.toml` and its signatures, `ondertekenaars/` (people trusted to sign projects), `zone1/` (keys of zone 1),
`pakketten/<bron>/` (data packages) and `klad/` for whatever the analyst keeps.
"""

import os
from pathlib import Path

from zoo_formaat.errors import UserError

PROJECT_FILE = "project.toml"
SIGNERS = "ondertekenaars"
ZONE1 = "zone1"
PACKAGES = "pakketten"
SCRATCH = "klad"
ENVIRONMENT = "ZOO_WERK"


def workplace(path: Path | str | None = None) -> Path:
    """Return the workplace folder: `path`, else env ZOO_WERK, else the current folder.

    A path to `project.toml` itself stands for the folder around it. Raises UserError when there is no project file.
    """
    folder = Path(path or os.environ.get(ENVIRONMENT) or ".")
    if folder.name == PROJECT_FILE and folder.is_file():
        folder = folder.parent
    if not (folder / PROJECT_FILE).is_file():
        raise UserError(
            f"geen project in {folder.resolve()}: {PROJECT_FILE} ontbreekt. "
            f"Wijs de werkmap aan met --project of {ENVIRONMENT}"
        )
    return folder.resolve()
