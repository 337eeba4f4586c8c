"""The query engine: what an analyst can ask, and that nothing else can be reached."""

import datetime as dt
from pathlib import Path

import duckdb
import pandas as pd
import pytest
from conftest_names import DWELLINGS, PERSONS, shown

from zoo_formaat.errors import UserError
from zoo_project import Project, open_project
from zoo_project.engine import Limits
