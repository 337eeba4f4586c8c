"""The query engine: what an analyst can ask, and that nothing else can be reached."""

import base64
import datetime as dt
import uuid
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pytest

from zoo_formaat.errors import UserError
from zoo_project import Project, open_project
from zoo_project.engine import Limits


def person(number: int) -> str:
    """The text in which person `number` of the tiny package is shown."""
    raw = uuid.UUID(int=number << 64 | 7).bytes
    return "p" + base64.b32encode(raw).decode().lower().rstrip("=")


def test_a_query_comes_back_as_a_frame_with_pseudonyms_as_text(project: Project) -> None:
    frame = project.sql("SELECT persoon, geboortejaar FROM brp.personen ORDER BY persoon LIMIT 2")
    assert list(frame["persoon"]) == [person(1), person(2)]
    assert list(frame["geboortejaar"]) == [1950, 1960]


def test_sources_join_on_pseudonyms_and_sums_of_whole_numbers_stay_whole(project: Project) -> None:
    frame = project.sql(
        "SELECT p.geslacht, sum(w.woz_waarde) AS waarde FROM bag.woningen w "
        "JOIN brp.personen p ON p.persoon = w.bewoner GROUP BY ALL ORDER BY 1"
    )
    assert frame.to_dict("list") == {"geslacht": ["M", "V"], "waarde": [200_000 + 400_000, 300_000]}
    assert frame["waarde"].dtype == "int64"


def test_types_are_those_an_analyst_expects_in_pandas(project: Project) -> None:
    frame = project.sql(
        "SELECT verkocht, woz_waarde > 150000 AS duur, woz_waarde * 0.5 AS helft, list(bewoner) OVER () AS bewoners "
        "FROM bag.woningen ORDER BY woning"
    )
    assert frame["verkocht"].iloc[0] == pd.Timestamp("1999-05-01")
    assert pd.isna(frame["verkocht"].iloc[1])
    assert str(frame["duur"].dtype) == "boolean"
    assert list(frame["helft"]) == [100_000.0, 150_000.0, 50_000.0, 200_000.0]
    assert sorted(frame["bewoners"].iloc[0], key=str) == sorted([person(1), person(2), None, person(1)], key=str)


def test_parameters_are_bound_and_a_shown_pseudonym_finds_its_rows(project: Project) -> None:
    frame = project.sql("SELECT geboortejaar FROM brp.personen WHERE persoon = $wie", wie=person(4))
    assert list(frame["geboortejaar"]) == [1980]
    frame = project.sql("SELECT count(*) AS n FROM brp.personen WHERE persoon IN $wie", wie=[person(1), person(2)])
    assert frame["n"].item() == 2
    since = project.sql("SELECT count(*) AS n FROM bag.woningen WHERE verkocht >= $dag", dag=dt.date(2004, 2, 3))
    assert since["n"].item() == 2
    nasty = project.sql("SELECT count(*) AS n FROM brp.personen WHERE geslacht = $g", g="M'; DROP TABLE x; --")
    assert nasty["n"].item() == 0


@pytest.mark.parametrize(
    ("query", "rows"),
    [
        ("FROM brp.personen", 6),
        ("TABLE brp.personen", 6),
        ("SELECT * FROM Brp.PERSONEN", 6),
        ('SELECT * FROM "brp"."personen"', 6),
        ("WITH a AS (SELECT * FROM brp.personen), b AS (FROM a) SELECT * FROM b", 6),
        ("WITH RECURSIVE t(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM t WHERE i < 4) FROM t", 4),
        ("SELECT * FROM brp.personen UNION ALL BY NAME SELECT * FROM brp.personen", 12),
        ("SELECT * FROM range(3) t(i) CROSS JOIN generate_series(1, 2) u(j)", 6),
        ("SELECT unnest(list(persoon)) FROM brp.personen", 6),
        ("VALUES (1), (2)", 2),
        ("SELECT * FROM brp.personen p WHERE EXISTS (SELECT 1 FROM bag.woningen w WHERE w.bewoner = p.persoon)", 2),
        (
            "SELECT *, row_number() OVER (PARTITION BY buurtcode ORDER BY woz_waarde) AS n "
            "FROM bag.woningen QUALIFY n = 1",
            3,
        ),
        (
            "SELECT buurtcode, count(*) FROM bag.woningen GROUP BY GROUPING SETS ((buurtcode), ()) HAVING count(*) > 0",
            4,
        ),
        ("UNPIVOT (SELECT woz_waarde, woz_waarde AS b FROM bag.woningen) ON woz_waarde, b INTO NAME n VALUE v", 8),
        ("SELECT 1 AS a; -- met toelichting", 1),
    ],
)
def test_what_a_single_select_can_be(project: Project, query: str, rows: int) -> None:
    assert len(project.sql(query)) == rows


def test_a_result_without_rows_has_its_columns(project: Project) -> None:
    frame = project.sql(
        "SELECT persoon, geboortejaar, sum(geboortejaar) AS s, 1 AS s FROM brp.personen WHERE false GROUP BY ALL"
    )
    assert list(frame.columns) == ["persoon", "geboortejaar", "s", "s_2"]
    assert frame.empty


HOSTILE = [
    "COPY (SELECT 1) TO '{out}'",
    "COPY (SELECT 1 AS persoon) TO '{parquet}'",
    "COPY brp.personen FROM '{parquet}'",
    "SELECT * FROM read_csv('{secret}')",
    "SELECT * FROM read_csv_auto('{secret}')",
    "SELECT * FROM read_text('{secret}')",
    "SELECT * FROM read_blob('{secret}')",
    "SELECT * FROM read_parquet('{parquet}')",
    "SELECT * FROM parquet_scan('{parquet}')",
    "SELECT * FROM parquet_metadata('{parquet}')",
    "SELECT * FROM sniff_csv('{secret}')",
    "SELECT * FROM read_duckdb('{secret}')",
    "SELECT * FROM glob('/*')",
    "SELECT * FROM '{secret}'",
    "SELECT * FROM '{parquet}'",
    'SELECT * FROM "{secret}"',
    "SELECT * FROM (SELECT * FROM '{secret}')",
    "SELECT (SELECT count(*) FROM read_text('{secret}'))",
    'SELECT * FROM (WITH "{secret}" AS (SELECT 1) SELECT 1), "{secret}"',
    "SELECT * FROM query('SELECT * FROM read_text(''{secret}'')')",
    "SELECT * FROM query_table('{secret}')",
    "SELECT * FROM json_execute_serialized_sql(json_serialize_sql('SELECT 1'))",
    "SELECT current_setting('temp_directory')",
    "SELECT getenv('HOME')",
    "SELECT getvariable('x')",
    "SELECT * FROM duckdb_settings()",
    "SELECT * FROM duckdb_secrets()",
    "SELECT * FROM duckdb_views()",
    "SELECT * FROM duckdb_views",
    "SELECT * FROM information_schema.tables",
    "SELECT * FROM pg_catalog.pg_class",
    "SELECT * FROM sqlite_master",
    "SELECT * FROM memory.brp.personen",
    "SELECT * FROM buiten",
    "SHOW ALL TABLES",
    "DESCRIBE brp.personen",
    "SELECT * FROM (SHOW TABLES)",
    "SUMMARIZE brp.personen",
    "PRAGMA database_list",
    "CALL pragma_version()",
    "SET memory_limit = '100GB'",
    "RESET memory_limit",
    "SET VARIABLE x = 1",
    "ATTACH '{out}'",
    "DETACH memory",
    "USE brp",
    "INSTALL httpfs",
    "LOAD httpfs",
    "EXPORT DATABASE '{out}'",
    "IMPORT DATABASE '{out}'",
    "CHECKPOINT",
    "CREATE TABLE t AS SELECT 1",
    "CREATE MACRO f() AS 1",
    "CREATE SECRET s (TYPE s3)",
    "INSERT INTO brp.personen VALUES (1)",
    "WITH x AS (INSERT INTO brp.personen VALUES (NULL, 1, 'M') RETURNING *) SELECT * FROM x",
    "UPDATE brp.personen SET geslacht = 'X'",
    "DELETE FROM brp.personen",
    "DROP VIEW brp.personen",
    "PREPARE p AS SELECT 1",
    "EXECUTE p",
    "EXPLAIN ANALYZE SELECT 1",
    "BEGIN TRANSACTION",
    "VACUUM",
    "SELECT 1; SELECT 2",
    "SELECT 1; DROP VIEW brp.personen",
    "",
    " ; ",
    "-- niets",
    "geen sql",
]


@pytest.mark.parametrize("query", HOSTILE)
def test_nothing_but_the_tables_can_be_reached(project: Project, tmp_path: Path, query: str) -> None:
    secret = tmp_path / "geheim.csv"
    secret.write_text("a\n1\n", encoding="utf-8")
    parquet = project.path / "pakketten" / "brp" / "personen.parquet"
    before = parquet.read_bytes()
    buiten = pd.DataFrame({"a": [1]})  # noqa: F841 - a variable that a query must not see
    with pytest.raises(UserError) as refusal:
        project.sql(query.format(secret=secret, parquet=parquet, out=tmp_path / "uit"))
    assert "\n" not in str(refusal.value)
    assert parquet.read_bytes() == before
    assert not (tmp_path / "uit").exists()
    assert project.sql("SELECT count(*) AS n FROM brp.personen")["n"].item() == 6


@pytest.mark.parametrize(
    "query",
    [
        "COPY (SELECT 1) TO '{out}'",
        "COPY (SELECT 1 AS persoon) TO '{parquet}'",
        "SELECT * FROM read_text('{secret}')",
        "SELECT * FROM '{secret}'",
        "SELECT * FROM buiten",
        "ATTACH '{out}'",
        "INSTALL httpfs",
        "LOAD httpfs",
        "EXPORT DATABASE '{out}'",
        "SET memory_limit = '100GB'",
        "SET enable_external_access = true",
        "SET allowed_directories = ['/']",
        "SET lock_configuration = false",
        "RESET max_execution_time",
    ],
)
def test_the_connection_holds_also_without_the_statement_check(project: Project, tmp_path: Path, query: str) -> None:
    secret = tmp_path / "geheim.csv"
    secret.write_text("a\n1\n", encoding="utf-8")
    parquet = project.path / "pakketten" / "brp" / "personen.parquet"
    before = parquet.read_bytes()
    buiten = pd.DataFrame({"a": [1]})  # noqa: F841 - a variable that a query must not see
    for connection in (project.engine.connection, project.engine.connection.cursor()):
        with pytest.raises(duckdb.Error):
            connection.execute(query.format(secret=secret, parquet=parquet, out=tmp_path / "uit"))
    assert parquet.read_bytes() == before
    assert not (tmp_path / "uit").exists()


def test_a_query_that_runs_too_long_is_stopped_and_the_next_one_runs(workplace: Any) -> None:
    project = open_project(workplace.build(), limits=Limits(seconds=1))
    with pytest.raises(UserError, match="langer dan 1 seconden"):
        project.sql("SELECT sum(a.range * b.range) FROM range(10000000) a, range(1000000) b")
    assert project.sql("SELECT 1 AS n")["n"].item() == 1


def test_a_query_that_needs_too_much_memory_is_stopped(workplace: Any) -> None:
    project = open_project(workplace.build(), limits=Limits(memory="50MB", seconds=60))
    with pytest.raises(UserError, match="geheugen"):
        project.sql("SELECT list(i::VARCHAR || repeat('x', 100)) AS l FROM range(20000000) t(i)")


def test_a_result_with_too_many_rows_is_refused_while_it_is_read(workplace: Any) -> None:
    project = open_project(workplace.build(), limits=Limits(rows=250_000))
    with pytest.raises(UserError, match="meer dan 250000 rijen"):
        project.sql("SELECT i FROM range(100000000000) t(i)")
    assert len(project.sql("SELECT i FROM range(250000) t(i)")) == 250_000


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("SELECT * FROM brp.persoon", "tabel 'brp.persoon' bestaat niet; bedoelde u 'brp.personen'?"),
        ("SELECT * FROM personen", "tabel 'personen' bestaat niet; bedoelde u 'brp.personen'?"),
        ("SELECT * FROM zorg.kosten", "tabel 'zorg.kosten' bestaat niet; er zijn: bag.woningen, brp.personen"),
        ("SELECT geborte_jaar FROM brp.personen", "kolom 'geborte_jaar' bestaat niet; bedoelde u 'geboortejaar'?"),
        (
            "SELECT x FROM brp.personen",
            "kolom 'x' bestaat niet; er zijn: geboortejaar, geslacht, persoon",
        ),
        ("SELECT mediaan(geboortejaar) FROM brp.personen", "functie 'mediaan' bestaat niet in DuckDB"),
        ("SELECT 1\nFROM brp.personen\nWHERE", 'SQL niet begrepen op regel 3: syntax error at or near "WHERE"'),
        ("SELECT $jaar", "geef een waarde aan parameter jaar, bijvoorbeeld sql(…, naam=waarde)"),
    ],
)
def test_a_wrong_query_gets_one_line_with_what_there_is(project: Project, query: str, message: str) -> None:
    with pytest.raises(UserError) as refusal:
        project.sql(query)
    assert str(refusal.value) == message


def test_an_error_never_quotes_a_cell(project: Project) -> None:
    with pytest.raises(UserError) as refusal:
        project.sql("SELECT CAST(buurtcode AS INTEGER) FROM bag.woningen")
    assert "BU9001" not in str(refusal.value)
    with pytest.raises(UserError) as refusal:
        project.sql("SELECT CAST(persoon::VARCHAR AS DATE) FROM brp.personen")
    assert str(uuid.UUID(int=1 << 64 | 7)) not in str(refusal.value)
