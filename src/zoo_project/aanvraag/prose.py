"""The text of a file that may be asked out as prose or code."""

import json
from pathlib import Path

from zoo_formaat.errors import UserError


def text_of(path: Path, content: bytes) -> str:
    """Return the text of a file; of a notebook its text and code, in the percent format of Jupytext.

    Raises UserError for what is no UTF-8, and for a notebook that still holds outputs or attachments.
    """
    try:
        text = content.decode("utf-8").replace("\r\n", "\n")
        if path.suffix.lower() != ".ipynb":
            return text
        cells = json.loads(text)["cells"]
        with_outputs = [
            number for number, cell in enumerate(cells, 1) if cell.get("outputs") or cell.get("attachments")
        ]
        if not with_outputs:
            return "\n\n".join(_cell(cell["cell_type"], "".join(cell["source"])) for cell in cells) + "\n"
    except UnicodeDecodeError:
        raise UserError(f"{path} is geen tekst in UTF-8; bewaar het bestand als UTF-8") from None
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise UserError(f"{path} is geen notebook; bewaar het opnieuw met Jupyter") from None
    raise UserError(
        f"{path}, cel {with_outputs[0]}: heeft uitvoer of een bijlage; wis de uitvoer (nbstripout). "
        "Wat elke uitvoer is, zegt: outputcontrole notebook"
    )


def _cell(kind: str, source: str) -> str:
    lines = [line.rstrip() for line in source.split("\n")]
    if kind == "code":
        return "\n".join(["# %%", *lines])
    return "\n".join(["# %% [markdown]", *(f"# {line}".rstrip() for line in lines)])
