"""The rows of a source, with the checker's own area levels; and every query on them."""

import re
from collections.abc import Mapping

import duckdb
import pandas as pd

from outputcontrole.access import Access, quoted, quoted_table
from outputcontrole.asked import columns_of, source_name
from outputcontrole.derived import DERIVED, AnySource, EventSource, SequenceSource, derived_sql
from outputcontrole.evidence.conditions import all_hold
from outputcontrole.evidence.labels import PARENT, parents
from outputcontrole.spec import IndicatorSource, RecipeSource
from zoo_analyse import indicators
from zoo_analyse.errors import AnalysisError
from zoo_formaat.canonical import digest
from zoo_formaat.errors import UserError

_BUURT = "BU[0-9]{4}[0-9A-Z]{4}"


class SourceRows:
    """Keeps each source's rows once as a temporary table of the connection, and asks it questions."""

    def __init__(self, access: Access) -> None:
        """Read with `access`."""
        self.access = access
        self._prepared: dict[str, str] = {}
        self._areas: dict[str, str] = {}

    def name_of(self, source: AnySource) -> str:
        """Return the quoted name of the relation that holds a source's rows, with a column per area level."""
        key = digest(source.model_dump(mode="json"))
        if key in self._prepared:
            return self._prepared[key]
        columns = columns_of(source, self.access)
        if isinstance(source, IndicatorSource):
            relation, parameters = self._indicator_rows(source)
        elif isinstance(source, DERIVED):
            relation, parameters = self._derived_rows(source)
        elif isinstance(source, RecipeSource):
            relation, parameters = f"SELECT * FROM {self.access.derived[source.sha256].relation}", {}
        else:
            relation, parameters = f"SELECT * FROM {quoted_table(source.tabel)}", {}
        # only now: derived rows prepare those that they are made of first
        name = quoted(f"basis_{len(self._prepared)}")
        selected = "*"
        if "buurtcode" in columns and not isinstance(source, DERIVED):
            # A source's own wijk and gemeente would compete with those that follow from the code.
            own = ", ".join(quoted(level) for level in PARENT if level in columns)
            selected = f"*{f' EXCLUDE ({own})' if own else ''}, {parents()}"
        # What can be read again as it is, is; what is computed is computed once.
        kept = "TABLE" if isinstance(source, IndicatorSource | DERIVED) else "VIEW"
        try:
            self.access.connection.execute(
                f"CREATE TEMP {kept} {name} AS SELECT {selected} FROM ({relation}) AS rijen", parameters
            )
        except duckdb.Error:
            raise UserError(
                f"{source_name(source)} is met deze parameters of deze kolommen niet te berekenen; controleer de vraag"
            ) from None
        if "buurtcode" in columns:
            self._areas[name] = quoted(f"gebieden_{len(self._prepared)}")
            self._check_areas(source, name)
        self._prepared[key] = name
        return name

    def areas_in(self, name: str) -> str:
        """Return the quoted name of a table with every code of a buurt in a relation of `name_of`, each once."""
        return self._areas[name]

    def _check_areas(self, source: AnySource, name: str) -> None:
        """Refuse codes that are no buurt: a malformed one would end up in the wrong wijk, or pass for a wijk."""
        codes = self._areas[name]
        self.make(codes, f"SELECT DISTINCT buurtcode FROM {name} WHERE buurtcode IS NOT NULL", {})
        if len(self.frame(f"SELECT 1 FROM {codes} WHERE NOT regexp_full_match(buurtcode, '{_BUURT}') LIMIT 1", {})):
            raise UserError(
                f"{source_name(source)}: kolom 'buurtcode' bevat een waarde die geen buurtcode is (verwacht BU "
                "en acht tekens); laat zone 1 de bron opnieuw leveren"
            )

    def _derived_rows(self, source: EventSource | SequenceSource) -> tuple[str, dict[str, object]]:
        base = columns_of(source.bron, self.access)
        text, parameters = all_hold(source.conditions if isinstance(source, SequenceSource) else (), base, "d")
        return derived_sql(source, self.name_of(source.bron), base, text), parameters

    def _indicator_rows(self, source: IndicatorSource) -> tuple[str, dict[str, object]]:
        try:
            indicator = indicators.get(source.indicator)
            bound = indicator.bind(source.parameters)
            indicators.check_feasible(self.access.connection, indicator)
        except AnalysisError as error:
            raise UserError(str(error)) from None
        return indicator.sql, dict(bound)

    def frame(self, query: str, parameters: Mapping[str, object]) -> pd.DataFrame:
        """Return what a query finds; parameters: values by name, of which the query's own are bound.

        Raises UserError, without the value, where a value does not fit its column.
        """
        return self._execute(query, parameters).df()

    def make(self, name: str, query: str, parameters: Mapping[str, object]) -> None:
        """Keep what a query finds as a temporary table of the connection (quoted name), instead of one of that name.

        Raises UserError as `frame` does.
        """
        self._execute(f"CREATE OR REPLACE TEMP TABLE {name} AS {query}", parameters)

    def keep(self, name: str, frame: pd.DataFrame) -> None:
        """Keep a frame as a temporary table of the connection (quoted name), instead of one of that name."""
        self.access.connection.register("_aangereikt", frame)
        self.make(name, "SELECT * FROM _aangereikt", {})
        self.access.connection.unregister("_aangereikt")

    def forget(self, *names: str) -> None:
        """Free what tables of `make` or `keep` hold."""
        for name in names:
            self.make(name, "SELECT 0 WHERE false", {})

    def _execute(self, query: str, parameters: Mapping[str, object]) -> duckdb.DuckDBPyConnection:
        used = {name: value for name, value in parameters.items() if re.search(rf"\${re.escape(name)}\b", query)}
        try:
            return self.access.connection.execute(query, used)
        except duckdb.Error:
            # The engine's own message quotes the value it failed on, so it stays inside.
            raise UserError(
                "een filterwaarde past niet bij het type van haar kolom, of een maat bevat een waarde waarmee niet te "
                "rekenen is; controleer filter en maat"
            ) from None
