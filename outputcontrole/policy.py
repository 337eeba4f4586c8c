"""The output rules of an installation: thresholds in one signed file.

The defaults are the overall rules of thumb of the European guidelines for output checking (ESSnet SDC 2010; Data
without Boundaries 2015), which Statistics Netherlands co-authored. They are configuration, never "CBS requires". The
release path takes the policy from the checker's own registration, where two people signed it.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Literal

from pydantic import Field, model_validator

from zoo_formaat.canonical import digest
from zoo_formaat.detached import load_signed, sign_beside
from zoo_formaat.document import FieldError, Strict, parse_document, parse_values
from zoo_formaat.project import SignedProject, Stricter
from zoo_formaat.signature import PrivateKey, PublicKey

PAYLOAD_TYPE = "application/vnd.zoo.beleid+toml"


class Policy(Strict):
    """The numbers that the rules read.

    n_min: distinct protected units, of every kind, behind a number. group_share: share of a row or column total from
    which a cell tells something about the whole group. dominance_n, dominance_share: the n largest contributors may
    hold at most this share of a total. p_percent: nobody may be able to estimate the largest contributor within this
    share of the amount (p % rule). spread_min: the least standard deviation of a cell, as a share of that of the whole
    table. df_min: residual degrees of freedom of a model. leaf_min: protected units, and
    areas, in a leaf or cluster. zero: what an empty cell is, when the contract does not say it is structural.
    bereik_max: how many other counted units one unit's data may reach in derived data. rate_decimals: published
    precision of a percentage. previews_max: how often a project may have requests judged
    beforehand, per day (UTC).
    """

    versie: Literal[1]
    naam: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{1,63}$")
    n_min: int = Field(ge=3)
    group_share: float = Field(gt=0.5, le=1)
    dominance_n: int = Field(ge=1)
    dominance_share: float = Field(gt=0, lt=1)
    p_percent: float = Field(default=0.10, gt=0, lt=1)
    spread_min: float = Field(default=0.01, ge=0, lt=1)
    df_min: int = Field(ge=1)
    leaf_min: int = Field(ge=3)
    bereik_max: int = Field(default=10, ge=0)
    zero: Literal["primair", "vrij"]
    rate_decimals: int = Field(ge=0, le=2)
    previews_max: int = Field(default=200, ge=1, le=100_000)

    @property
    def digest(self) -> str:
        """The digest of the policy's values, which a verdict carries."""
        return digest(self.model_dump())


DEFAULT = """\
# Beleid voor uitvoercontrole. De getallen zijn de algemene vuistregels uit de Europese richtlijnen voor
# uitvoercontrole (ESSnet SDC 2010; Data without Boundaries 2015). Een project mag strenger zijn, nooit ruimer.
# Ondertekenen door twee personen: outputcontrole beleid onderteken BESTAND --sleutel SLEUTEL
versie = 1
naam = "europees-2015"
n_min = 10              # verschillende beschermde eenheden, van elke soort, achter een getal
group_share = 0.90      # vanaf dit aandeel van een rij- of kolomtotaal zegt een cel iets over de hele groep
dominance_n = 1         # de n grootste bijdragers ...
dominance_share = 0.50  # ... hebben samen hooguit dit deel van een totaal
p_percent = 0.10        # niemand kan de grootste bijdrager tot op dit deel van diens bedrag schatten
spread_min = 0.01       # spreiding in een cel, als deel van de spreiding in de hele tabel
df_min = 10             # vrijheidsgraden van een model
leaf_min = 10           # beschermde eenheden, en gebieden, per blad of cluster
bereik_max = 10         # bij zoveel andere getelde eenheden mogen iemands gegevens via een recept terechtkomen
zero = "primair"        # een lege cel: "primair" (verbergen) of "vrij" (mag getoond)
rate_decimals = 1       # decimalen van een gepubliceerd percentage
previews_max = 200      # zo vaak mag een project per dag vooraf laten toetsen
"""


def parse_policy(content: bytes, source: str) -> Policy:
    """Parse a policy document; raises UserError with line and fix."""
    return parse_document(content, Policy, source)


STRICTER_IS: Mapping[str, Literal["hoger", "lager"]] = MappingProxyType(
    {
        "n_min": "hoger",
        "group_share": "lager",
        "dominance_n": "hoger",
        "dominance_share": "lager",
        "p_percent": "hoger",
        "spread_min": "hoger",
        "df_min": "hoger",
        "leaf_min": "hoger",
        "bereik_max": "lager",
        "rate_decimals": "lager",
        "previews_max": "lager",
    }
)
"""On which side of the policy's number a stricter one lies. `zero` has no sides: a project can only set 'primair'."""


def agreed_policy(policy: Policy, project: SignedProject) -> Policy:
    """Return the policy that holds for a project: the registered one, stricter where its project file says so.

    A policy that differs carries another name, so that nobody takes a number for one under the general rules. Raises
    UserError with the line in the project file of a rule that is looser than the policy.
    """

    class _Bounded(Strict):
        strenger: Stricter

        @model_validator(mode="after")
        def _not_looser(self) -> "_Bounded":
            for name, own in self.strenger.values.items():
                general = getattr(policy, name)
                if (side := STRICTER_IS.get(name)) and (own < general if side == "hoger" else own > general):
                    raise FieldError(
                        f"ruimer dan beleid '{policy.naam}' ({general}); een project mag alleen strenger zijn: kies "
                        f"{general} of {side}, of laat de regel weg",
                        "strenger",
                        name,
                    )
            return self

    if project.file.strenger is None:
        return policy
    own = project.file.strenger.values
    parse_values({"strenger": own}, _Bounded, f"projectbestand van '{project.file.id}'", project.text)
    stricter = policy.model_copy(update=own)
    return policy if stricter == policy else stricter.model_copy(update={"naam": f"{policy.naam[:54]}-strenger"})


def load_policy(path: Path, signers: Sequence[PublicKey]) -> Policy:
    """Read a policy that two trusted people signed; raises UserError when it was changed or not signed by two."""
    content, _ = load_signed(path, PAYLOAD_TYPE, signers, "beleid")
    return parse_policy(content, str(path))


def sign_policy(path: Path, key: PrivateKey) -> int:
    """Add a signature to a policy file and return how many it has now."""
    return sign_beside(path, PAYLOAD_TYPE, key, lambda content: parse_policy(content, str(path)), "beleid")
