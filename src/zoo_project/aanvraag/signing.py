"""A request file: read, and signed by its author."""

from datetime import date
from pathlib import Path

from outputcontrole.spec import Request, parse_request
from zoo_formaat.atomic import write_file
from zoo_formaat.document import read_bytes
from zoo_formaat.errors import UserError
from zoo_formaat.signature import PrivateKey
from zoo_project.project import Project

SIGNED_SUFFIX = ".dsse.json"


def read_request(path: Path) -> Request:
    """Read a request file; raises UserError with the field that is wrong and the fix."""
    return parse_request(read_bytes(path, "aanvraag"), str(path))


def sign_request(project: Project, path: Path, key: PrivateKey) -> Path:
    """Sign a request as its author and return the signed file beside it.

    Raises UserError when the request is for another project, or the key is not that of the request's author, an
    analyst of the project whose membership has not ended.
    """
    request = read_request(path)
    if request.project != project.file.id:
        raise UserError(f"{path}: aanvraag voor project '{request.project}'; deze werkmap is van '{project.file.id}'")
    holder = key.public.houder
    if request.auteur != holder:
        raise UserError(f"{path}: auteur is '{request.auteur}', de sleutel is van '{holder}'; onderteken zelf")
    member = project.file.member(holder)
    if member is None or member.rol != "analist":
        raise UserError(f"'{holder}' is geen analist in project '{project.file.id}'; alleen een analist dient in")
    if member.key.id != key.public.id:
        raise UserError(f"deze sleutel van '{holder}' is niet die uit het projectbestand; gebruik die sleutel")
    if member.tot < date.today():
        raise UserError(f"de deelname van '{holder}' liep tot {member.tot}; laat het projectbestand verlengen")
    signed = path.with_suffix(SIGNED_SUFFIX)
    write_file(signed, request.signed(key).to_bytes())
    return signed
