"""One world for all tests that only look; tests that change something take a copy."""

from pathlib import Path

import pytest

from tests.outputcontrole.world import World, build, copy

SMALL = {"leaf_min": 3, "df_min": 3}


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return build(tmp_path_factory.mktemp("wereld") / "w", **SMALL)


@pytest.fixture
def own_world(world: World, tmp_path: Path) -> World:
    return copy(world, tmp_path / "eigen")
