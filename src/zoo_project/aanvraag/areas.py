"""Outputs about areas: maps, hotspots, reference images, estimates, profiles, trees."""

from collections.abc import Sequence
from typing import Self

from outputcontrole.spec import Choropleth, ClusterProfile, DecisionTree, HotspotMap, ReferenceImage, SmallAreaEstimate
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

    def hotspotkaart(
        self,
        naam: str,
        titel: str,
        *,
        kenmerk: Kenmerk,
        gebied: str = "buurt",
        schaal: str = "begrensd",
        fdr: float = 0.05,
        toeval: int = 1,
        toelichting: str = "",
    ) -> Self:
        """Ask which areas stand out with their surroundings on `kenmerk`: significantly high, low, or not (Gi*).

        schaal: `begrensd` takes the lowest and highest twentieth as equal among themselves, `waarde` all as they are.
        fdr: at most this share of the areas pointed at is expected to be chance.
        """
        values = {
            "kenmerk": kenmerk,
            "gebied": gebied,
            "schaal": schaal,
            "fdr": fdr,
            "toeval": toeval,
            "toelichting": toelichting,
        }
        return self._add(HotspotMap, naam, titel, values)

    def referentiebeeld(
        self,
        naam: str,
        titel: str,
        *,
        kenmerk: Kenmerk,
        gebied: str = "buurt",
        gelijk_op: Sequence[Kenmerk] = (),
        gelijken: int = 10,
        toelichting: str = "",
    ) -> Self:
        """Ask the place of each area among all areas, those of its group and those of its municipality.

        gelijk_op: open figures (`kerncijfer(...)`); each area is then also compared with the `gelijken` most like it.
        """
        values = {
            "kenmerk": kenmerk,
            "gebied": gebied,
            "gelijk_op": list(gelijk_op),
            "gelijken": gelijken,
            "toelichting": toelichting,
        }
        return self._add(ReferenceImage, naam, titel, values)

    def kleinegebiedsschatting(
        self,
        naam: str,
        titel: str,
        *,
        kenmerk: Kenmerk,
        klassen: Sequence[float],
        gebied: str = "buurt",
        drempel: float | None = None,
        toelichting: str = "",
    ) -> Self:
        """Ask a rate per area drawn to the mean as far as chance explains the difference, with intervals.

        klassen: for the map, as in `kaart`. drempel: tells the chance that an area's own rate lies above it.
        """
        values = {
            "kenmerk": kenmerk,
            "klassen": [float(bound) for bound in klassen],
            "gebied": gebied,
            "drempel": None if drempel is None else float(drempel),
            "toelichting": toelichting,
        }
        return self._add(SmallAreaEstimate, naam, titel, values)

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
