"""Custody: who holds the secrets of zone 1, and how they are made, opened, renewed, copied and destroyed."""

from pseudonimisering.custody.folder import Custody, create_custody
from pseudonimisering.custody.keeping import open_master
from pseudonimisering.custody.layout import user_name

__all__ = ["Custody", "create_custody", "open_master", "user_name"]
