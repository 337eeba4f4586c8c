"""The catalogue: every indicator on one readable Dutch page."""

from zoo_analyse.indicators.registry import Indicator, get, names


def _section(indicator: Indicator) -> str:
    limits = "\n".join(f"  - {limit}" for limit in indicator.beperkingen)
    sources = "\n".join(f"  - `{table}`: {', '.join(columns)}" for table, columns in indicator.bronnen.items())
    parameters = "\n".join(
        f"| `{name}` | {parameter.type} | {parameter.standaard} | {parameter.omschrijving} |"
        for name, parameter in indicator.parameters.items()
    )
    units = ", ".join(f"{kind} (kolom `{column}`)" for column, kind in indicator.eenheden.items())
    return f"""## {indicator.titel} (`{indicator.naam}`)

{indicator.definitie}

- **Risico:** {indicator.risico}
- **Hoe zichtbaar:** {indicator.hoe_zichtbaar}
- **Haalbaarheid:** {indicator.haalbaarheid}
- **Beperkingen:**
{limits}
- **Bronnen:**
{sources}
- **Geteld:** `{indicator.geteld}`
- **Te beschermen eenheden:** {units}
- **Document:** {indicator.bron_document}

| parameter | soort | standaard | betekenis |
|---|---|---|---|
{parameters}

```sql
{indicator.sql.strip()}
```
"""


def catalogue() -> str:
    """All indicators as one Markdown page in Dutch: meaning, limits, sources, parameters, definition."""
    indicators = [get(name) for name in names()]
    index = "\n".join(f"- `{indicator.naam}`: {indicator.titel}" for indicator in indicators)
    sections = "\n".join(_section(indicator) for indicator in indicators)
    return f"""# Indicatoren

Een indicator zegt iets over een gebied, nooit over een persoon, adres of bedrijf. Bij elke indicator staat de
definitie in gewone taal en als SQL; de parameters zijn te wijzigen, de standaard is die van het document.

{index}

{sections}"""
