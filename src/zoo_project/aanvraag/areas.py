"""Outputs about areas: maps, profiles, trees."""

from collections.abc import Sequence
from typing import Self

from outputcontrole.spec import Choropleth, ClusterProfile, DecisionTree
from zoo_project.aanvraag.questions import Questions
from zoo_project.aanvraag.sources import Kenmerk


class AreaQuestions(Questions):
    """Methods that ask outputs about areas."""

    def kaart(
        self,
        naam: str,
        titel: str,
        *,
        kenmerk: Kenmerk,
        klassen: Sequence[float],
        gebied: str = "buurt",
        toelichting: str = "",
    ) -> Self:
        """Ask a map of areas coloured by `kenmerk` (name of an indicator, or a feature).

        klassen: ascending upper bounds between classes, chosen from the subject and not from the data.
        """
        values = {
            "kenmerk": kenmerk,
            "klassen": [float(bound) for bound in klassen],
            "gebied": gebied,
            "toelichting": toelichting,
        }
        return self._add(Choropleth, naam, titel, values)

    def clusterprofiel(
        self,
        naam: str,
        titel: str,
        *,
        kenmerken: Sequence[Kenmerk],
        clusters: int,
        gebied: str = "buurt",
        toeval: int = 1,
        toelichting: str = "",
    ) -> Self:
        """Ask areas grouped by K-means on `kenmerken`: the profile of each group and which areas are in it."""
        values = {
            "kenmerken": list(kenmerken),
            "clusters": clusters,
            "gebied": gebied,
            "toeval": toeval,
            "toelichting": toelichting,
        }
        return self._add(ClusterProfile, naam, titel, values)

    def beslisboom(
        self,
        naam: str,
        titel: str,
        *,
        doel: Kenmerk,
        kenmerken: Sequence[Kenmerk],
        aandeel: float = 0.2,
        diepte: int = 3,
        gebied: str = "buurt",
        toeval: int = 1,
        toelichting: str = "",
    ) -> Self:
        """Ask a tree that explains which areas belong to the hottest share `aandeel` on `doel`."""
        values = {
            "doel": doel,
            "kenmerken": list(kenmerken),
            "aandeel": aandeel,
            "diepte": diepte,
            "gebied": gebied,
            "toeval": toeval,
            "toelichting": toelichting,
        }
        return self._add(DecisionTree, naam, titel, values)
