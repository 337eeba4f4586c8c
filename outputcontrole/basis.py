"""What an answer may use: protected tables, the checker's own access to the rows, and the policy."""

from collections.abc import Mapping
from dataclasses import dataclass

from outputcontrole.access import Access
from outputcontrole.asked import AskedTable
from outputcontrole.evidence import Collector
from outputcontrole.policy import Policy
from outputcontrole.protection import TableProtection


@dataclass(frozen=True)
class Basis:
    """The ground of an answer.

    protected: key of a table -> what may be shown of it. A statistic that is no count or sum is computed from rows of
    `collector`, and published only where the tables that its kind rests on are shown.
    """

    protected: Mapping[str, TableProtection]
    access: Access
    collector: Collector
    policy: Policy

    def of(self, table: AskedTable) -> TableProtection:
        """Return the protection of a table that the kind named in `tables`."""
        return self.protected[table.key]
