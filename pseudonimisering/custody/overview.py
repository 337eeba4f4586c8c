"""What a custody holds, for whoever must answer who can undo a pseudonym: readable without any key."""

from pseudonimisering.custody.backup import BackupRecord, backups_of
from pseudonimisering.custody.folder import Custody
from pseudonimisering.custody.layout import DESTROYED, PROJECTS
from pseudonimisering.custody.wrapped import read_wrapped
from zoo_formaat.document import Strict


class ProjectOverview(Strict):
    """One project with a secret: its scheme, and how many versions the secret has."""

    id: str
    schema_: str
    versie: int


class Overview(Strict):
    """How the master key is kept and by whom, and what there is, was destroyed and was copied."""

    hoofdsleutel: str
    bewaarders: list[str]
    token: str
    projecten: list[ProjectOverview]
    vernietigd: list[str]
    reservekopieen: list[BackupRecord]
    toetsers: list[str]


def overview(custody: Custody) -> Overview:
    """Describe a custody. Raises UserError when a file in it is damaged or open to others."""
    kept = custody.description().hoofdsleutel
    folder = custody.path / PROJECTS
    projects = [
        ProjectOverview(
            id=name,
            schema_=read_wrapped(folder / f"{name}.v1.geheim").gebruik.schema_,
            versie=sum(1 for _ in folder.glob(f"{name}.v*.geheim")),
        )
        for name in custody.projects()
    ]
    destroyed = (custody.path / DESTROYED).glob("[!.]*.json")
    return Overview(
        hoofdsleutel=kept.soort,
        bewaarders=kept.bewaarders,
        token=kept.token,
        projecten=projects,
        vernietigd=sorted(path.stem for path in destroyed if not path.name.endswith(".dsse.json")),
        reservekopieen=backups_of(custody),
        toetsers=[key.houder for key in custody.checkers()],
    )
