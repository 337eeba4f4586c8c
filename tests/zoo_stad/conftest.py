"""Two small cities, one clean and one dirty, of the same seed, read back as text."""

from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pyreadstat
import pytest

from zoo_stad.writing import write_city


@dataclass(frozen=True)
class Delivery:
    """A written city."""

    folder: Path

    def raw(self, name: str) -> pd.DataFrame:
        return self._text(self.folder / "ruw" / f"{name}.csv")

    def truth(self, name: str) -> pd.DataFrame:
        return self._text(self.folder / "truth" / f"{name}.csv")

    def planted(self, name: str) -> set[str]:
        return set(self.truth(name).iloc[:, 0])

    def incomes(self) -> pd.DataFrame:
        return pyreadstat.read_sav(str(self.folder / "ruw" / "inkomens.sav"))[0]

    @staticmethod
    def _text(path: Path) -> pd.DataFrame:
        return pd.read_csv(path, sep=";", dtype=str, keep_default_na=False)


@pytest.fixture(scope="session")
def clean(tmp_path_factory: pytest.TempPathFactory) -> Delivery:
    folder = tmp_path_factory.mktemp("stad") / "schoon"
    write_city(folder, 9000, 2, 11, dirty=False)
    return Delivery(folder)


@pytest.fixture(scope="session")
def dirty(tmp_path_factory: pytest.TempPathFactory) -> Delivery:
    folder = tmp_path_factory.mktemp("stad") / "vuil"
    write_city(folder, 9000, 2, 11, dirty=True)
    return Delivery(folder)
