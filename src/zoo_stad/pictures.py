"""What a terminal said, as a picture for the documentation."""

import io
import textwrap

from rich.console import Console
from rich.text import Text

_COLUMNS = 92
# Rich's own template asks a font from the network; this one takes what the reader has.
_TEMPLATE = """\
<svg class="rich-terminal" viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg">
<style>
.{unique_id}-matrix {{ font-family: "DejaVu Sans Mono", Menlo, Consolas, monospace; font-size: {char_height}px;
 line-height: {line_height}px; }}
.{unique_id}-title {{ font-size: 18px; font-family: "DejaVu Sans", Arial, sans-serif; font-weight: bold; }}
{styles}
</style>
<defs><clipPath id="{unique_id}-clip-terminal">
<rect x="0" y="0" width="{terminal_width}" height="{terminal_height}"/></clipPath>{lines}</defs>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}<g class="{unique_id}-matrix">{matrix}</g></g>
</svg>
"""


def terminal_picture(command: str, said: str) -> bytes:
    """Return an SVG of a terminal in which `command` was typed and `said` came back; the same bytes every time."""
    console = Console(record=True, width=_COLUMNS, file=io.StringIO())
    console.print(Text(f"$ {command}", style="bold"))
    for line in said.splitlines():
        indent = "    " if line.startswith("  ") else ""
        for part in textwrap.wrap(line, _COLUMNS - 2, subsequent_indent=indent) or [""]:
            console.print(Text(part))
    return console.export_svg(title="outputcontrole", code_format=_TEMPLATE, unique_id="zoo").encode()
