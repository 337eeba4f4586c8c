"""The kinds of output that can be asked for. What is not here cannot be asked, so it cannot leave."""

from typing import Annotated

from pydantic import Field

from outputcontrole.spec.areas import Choropleth, ClusterProfile, DecisionTree
from outputcontrole.spec.tables import FrequencyTable, MagnitudeTable

Output = Annotated[
    FrequencyTable | MagnitudeTable | Choropleth | ClusterProfile | DecisionTree, Field(discriminator="soort")
]
