"""The request: what an analyst asks out, why and for whom; signed by its author.

One of the four file formats in which zones meet. The canonical form (RFC 8785) of this model is what is signed and
what approvals are bound to.
"""

from typing import Literal

from pydantic import Field, model_validator

from outputcontrole.spec.output import Output
from outputcontrole.spec.recipe import Recipe, digests_of
from outputcontrole.spec.source import RecipeSource
from outputcontrole.spec.text import Reason, Slug
from zoo_formaat.canonical import canonical_bytes, digest, parse_json
from zoo_formaat.document import Strict, parse_values
from zoo_formaat.errors import UserError
from zoo_formaat.signature import Envelope, PrivateKey, sign

PAYLOAD_TYPE = "application/vnd.zoo.aanvraag+json"


class Request(Strict):
    """A request, version 1. recepten: its method, how the derived tables that it asks about are made, in order."""

    versie: Literal[1]
    project: Slug
    auteur: str = Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,63}$")
    vraag: Reason
    populatie: Reason
    gebruik: Reason
    ontvangers: Reason
    recepten: list[Recipe] = Field(default_factory=list, max_length=20)
    uitvoer: list[Output] = Field(min_length=1, max_length=50)

    @model_validator(mode="after")
    def _distinct_names(self) -> "Request":
        names = [output.naam for output in self.uitvoer]
        if len(set(names)) < len(names):
            raise ValueError("twee uitvoeren met dezelfde naam; geef elke uitvoer een eigen naam")
        return self

    @model_validator(mode="after")
    def _recipes_are_there(self) -> "Request":
        if len({recipe.naam for recipe in self.recepten}) < len(self.recepten):
            raise ValueError("twee recepten met dezelfde naam; geef elk recept een eigen naam")
        known = digests_of(self.recepten)
        for output in self.uitvoer:
            source = getattr(output, "bron", None)
            if not isinstance(source, RecipeSource):
                continue
            if source.recept not in known:
                there = ", ".join(known) or "geen"
                raise ValueError(
                    f"uitvoer '{output.naam}' gaat over recept '{source.recept}', dat niet bij de aanvraag zit; er "
                    f"zijn: {there}"
                )
            if source.sha256 != known[source.recept]:
                raise ValueError(
                    f"uitvoer '{output.naam}' gaat over een andere versie van recept '{source.recept}'; vraag de "
                    "uitvoer opnieuw met het recept zoals het nu is"
                )
        return self

    def content(self) -> bytes:
        """Return the canonical bytes of the request."""
        # Without recipes a request is what it was before there were any, so that its digest stays the same.
        without = set() if self.recepten else {"recepten"}
        return canonical_bytes(self.model_dump(mode="json", by_alias=True, exclude=without))

    @property
    def digest(self) -> str:
        """The digest of the canonical bytes."""
        return digest(self.content())

    @property
    def id(self) -> str:
        """A short name for the request: its first twelve hexadecimals. Equal requests have equal ids."""
        return "a-" + self.digest.removeprefix("sha256:")[:12]

    def signed(self, key: PrivateKey) -> Envelope:
        """Return the request signed by its author."""
        return sign(self.content(), PAYLOAD_TYPE, [key])


def parse_request(content: bytes, source: str) -> Request:
    """Parse a request; raises UserError naming `source`, the field and the fix."""
    data = parse_json(content, source)
    if not isinstance(data, dict):
        raise UserError(f"{source}: geen aanvraag (verwacht een JSON-object)")
    return parse_values(data, Request, source)
