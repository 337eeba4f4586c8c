import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def oracles() -> Path:
    root = Path(__file__).resolve().parents[2]
    folder = Path(os.environ.get("ZOO_DATA", root.parent / "shared" / "data")) / "oracles"
    if not folder.is_dir():
        pytest.skip("published answers are absent: set ZOO_DATA to the folder that holds oracles/")
    return folder
