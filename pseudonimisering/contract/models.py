"""The model contracts that come with the software: a holder starts from a copy of one."""

from importlib import resources

from pseudonimisering.contract.table import closest
from zoo_formaat.errors import UserError

_FOLDER = "contracten"


def model_names() -> list[str]:
    """Return the names of the model contracts, in alphabetical order."""
    folder = resources.files("pseudonimisering").joinpath(_FOLDER)
    return sorted(file.name.removesuffix(".toml") for file in folder.iterdir() if file.name.endswith(".toml"))


def model_text(name: str) -> str:
    """Return the TOML text of a model contract. Raises UserError for a name that is not there."""
    known = model_names()
    if name not in known:
        raise UserError(f"er is geen modelcontract '{name}'{closest(name, known)}; er zijn: {', '.join(known)}")
    return resources.files("pseudonimisering").joinpath(_FOLDER, f"{name}.toml").read_text("utf-8")


def model_title(name: str) -> str:
    """Return what the first line of a model contract says that it is about."""
    return model_text(name).splitlines()[0].removeprefix("# Modelcontract ").removesuffix(".")
