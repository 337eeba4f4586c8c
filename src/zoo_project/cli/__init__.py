"""The command `zoo`: what an analyst types in the workspace. One file per subject; each adds its commands to `app`."""

from zoo_formaat.command import run
from zoo_project.cli import data, indicators, keys, notebooks, project_file, requests
from zoo_project.cli.application import app

__all__ = ["app", "data", "indicators", "keys", "main", "notebooks", "project_file", "requests"]


def main() -> None:
    """Run the command."""
    run(app, "zoo")
