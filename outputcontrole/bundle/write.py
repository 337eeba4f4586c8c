"""Write a release bundle, whole or not at all."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from outputcontrole.airlock.decision import Binding
from outputcontrole.assessment import Assessment
from outputcontrole.bundle.layout import (
    DECLARATION,
    MANIFEST,
    PAYLOAD_TYPE,
    PROJECT,
    REQUEST,
    STATEMENT,
    TAG_MANIFEST,
    Statement,
    payload_files,
    sha512_lines,
    tag_files,
)
from zoo_formaat.atomic import new_directory
from zoo_formaat.canonical import canonical_bytes, digest
from zoo_formaat.detached import signatures_path
from zoo_formaat.signature import Envelope, PrivateKey, sign


def write_bundle(
    path: Path,
    *,
    assessment: Assessment,
    binding: Binding,
    request: Envelope,
    decisions: Sequence[Path],
    project: Path,
    demo: bool,
    key: PrivateKey,
) -> Path:
    """Write the bundle of a release to `path`, which must not exist yet, and return it.

    decisions: the officers' signed decisions. project: the registered project file, signatures beside it. demo:
    whether a demonstration key had a part in it. key: zone 3's.
    """
    payload = assessment.payload
    statement = Statement(
        versie=1,
        aanvraag=assessment.request.id,
        project=assessment.request.project,
        synthetisch=assessment.synthetic,
        demo=demo,
        binding=binding,
        lading={name: digest(content) for name, content in payload.items()},
        oordelen={file.name.removesuffix(".dsse.json"): digest(file.read_bytes()) for file in decisions},
        tijd=datetime.now(UTC).isoformat(timespec="seconds"),
    )
    with new_directory(path) as folder:
        for name, content in payload.items():
            target = folder / "data" / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
        (folder / "oordelen").mkdir()
        for file in decisions:
            (folder / "oordelen" / file.name).write_bytes(file.read_bytes())
        (folder / REQUEST).write_bytes(request.to_bytes())
        (folder / PROJECT).write_bytes(project.read_bytes())
        signatures_path(folder / PROJECT).write_bytes(signatures_path(project).read_bytes())
        signed = sign(canonical_bytes(statement.model_dump()), PAYLOAD_TYPE, [key])
        (folder / STATEMENT).write_bytes(signed.to_bytes())
        (folder / "bagit.txt").write_bytes(DECLARATION)
        (folder / MANIFEST).write_bytes(sha512_lines(folder, payload_files(folder)))
        (folder / TAG_MANIFEST).write_bytes(sha512_lines(folder, tag_files(folder)))
    return path
