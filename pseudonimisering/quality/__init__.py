"""Link quality of packages: what was usable, what links, what changed, and how good addresses are.

Counts distinct pseudonyms only; nothing here names or shows one. The figures depend on microdata and stay inside.
"""

from pseudonimisering.quality.measure import Report, measure
from pseudonimisering.quality.terminal import show

__all__ = ["Report", "measure", "show"]
