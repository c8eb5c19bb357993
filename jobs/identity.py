"""The stage of identity, in front of the operator, and the topic on which ids hand over what they know. The protocol is in docs/identity.md.

The stage is a query of SQL: it runs in Java, and has no wait of its own. Keyed by the anonymous id, it stamps each record with the person known so
far, so nothing has to be forwarded after a link. The first record that says who an id is goes to both keys, with a merge id of its own. What it
writes is read by udfs/codecs/stamped.py.
"""

import re

from pyflink.common import Types
from pyflink.datastream import DataStream, KeyedStream
from pyflink.table import StreamTableEnvironment

from jobs import sources
from jobs.options import Options
from jobs.sql import create_table, quoted
from udfs.codecs.catalogue import catalogue
from udfs.codecs.kinds import MAX_ID
from udfs.codecs.stamped import HANDED, STAMPED

REMEMBERED = "400 d"
"""For how long after its last record an id is known to be somebody's. (Flink counts it by the wall clock.)"""
TABLE = "handed_over"
"""Of the topic `identity`, which is a word of SQL."""
ANONYMOUS_ID, PREVIOUS_ID = "anonymousId", "previousId"
"""Fields of JSON, and headers of records in Avro."""


def settings(options: Options) -> dict[str, str]:
    """Settings of the job that the stage needs."""
    return {"table.exec.state.ttl": REMEMBERED} if options.links_ids else {}


def events(tables: StreamTableEnvironment, options: Options) -> KeyedStream:
    """What happens and what ids hand over, keyed by the person known so far."""
    sources.create_events(tables, options, headers=True)
    for name, query in stage(frozenset(catalogue().nobody)):
        tables.execute_sql(f"CREATE TEMPORARY VIEW {name} AS {query}")
    happened = _rows(tables, "SELECT k, v, ts FROM addressed_records")
    return sources.keyed_in_java(happened.union(handed_over(tables, options)))


def handed_over(tables: StreamTableEnvironment, options: Options) -> DataStream:
    """Every record of `identity`. Like `control`, it never holds time back: heartbeats would prove nothing there, since the job writes later than
    they do. Without state it goes on after this deployment's last commit, or else begins with the oldest."""
    create_table(
        tables,
        TABLE,
        columns=f"k BYTES, v BYTES, ts AS TO_TIMESTAMP_LTZ({sources.END_OF_TIME}, 3), WATERMARK FOR ts AS ts",
        topic=options.topics["identity"],
        options={
            **sources.reader(options),
            "properties.isolation.level": "read_committed",
            "properties.auto.offset.reset": "earliest",
            "scan.startup.mode": "group-offsets",
            "scan.watermark.idle-timeout": "500 ms",
            "scan.parallelism": "1",
        },
    )
    return _rows(tables, f"SELECT CAST(k AS STRING) AS k, ENCODE(CONCAT({_character(HANDED)}, CAST(v AS STRING)), 'UTF-8') AS v, ts FROM {TABLE}")


def _rows(tables: StreamTableEnvironment, query: str) -> DataStream:
    return tables.to_append_stream(tables.sql_query(query), Types.ROW([Types.STRING(), sources.BYTES, Types.INSTANT()]))


def stage(nobody: frozenset[str]) -> list[tuple[str, str]]:
    """The views of the stage over the table `events`, each with its query; the last one gives k, v and ts. `nobody`: ids that are nobody's."""
    header = {name: f"CAST(headers['{name}'] AS STRING)" for name in (ANONYMOUS_ID, PREVIOUS_ID)}
    own, text = "CAST(k AS STRING)", "CAST(v AS STRING)"
    field = {name: _id(f"JSON_VALUE({text}, '$.{name}')", nobody) for name in ("userId", ANONYMOUS_ID, PREVIOUS_ID)}
    is_json = f"k IS NOT NULL AND {text} LIKE '{{%'"
    is_alias = f"POSITION('\"{PREVIOUS_ID}\"' IN {text}) > 0 AND LOWER(JSON_VALUE({text}, '$.type')) = 'alias'"
    web_header, previous_header = _id(header[ANONYMOUS_ID], nobody), _id(header[PREVIOUS_ID], nobody)
    said = f"CASE WHEN {is_json} THEN {field['userId']} WHEN {web_header} <> {own} OR {previous_header} <> {own} THEN {own} END"
    web = f"COALESCE(CASE WHEN {is_json} THEN {field[ANONYMOUS_ID]} END, {web_header})"
    previous = f"COALESCE(CASE WHEN {is_json} AND {is_alias} THEN {field[PREVIOUS_ID]} END, {previous_header})"
    columns = f"{own} AS k, v, ts, PROCTIME() AS pt, {_once(said)} AS said, {_once(web)} AS web, {_once(previous)} AS previous"
    parsed = ("parsed_records", f"SELECT {columns} FROM events")

    ids = "COALESCE(previous, web, k) AS id, previous IS NOT NULL AS is_change"
    who = "CASE WHEN COALESCE(said, CASE WHEN previous IS NOT NULL THEN web END) = k THEN k END AS who"
    told = ("told_records", f"SELECT k, v, ts, pt, {ids}, {who} FROM parsed_records")

    so_far = "WINDOW w AS (PARTITION BY id ORDER BY pt ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)"
    links = "COUNT(CASE WHEN who <> id THEN 1 END) OVER w AS links, COUNT(CASE WHEN who <> id AND is_change THEN 1 END) OVER w AS changes"
    passed = "k, v, ts, id, who, is_change"
    known = ("known_records", f"SELECT {passed}, LAST_VALUE(who) OVER w AS person, {links} FROM told_records {so_far}")

    drawn = "CASE WHEN who <> id AND (links = 1 OR (is_change AND changes = 1)) THEN UUID() END AS merge_id"
    linked = ("linked_records", f"SELECT {passed}, COALESCE(person, k, '') AS person, {drawn} FROM known_records")

    targets = "CASE WHEN merge_id IS NULL THEN ARRAY[person] ELSE ARRAY[COALESCE(who, ''), COALESCE(id, '')] END AS targets"
    both = ("both_records", f"SELECT {passed}, merge_id, {targets} FROM linked_records")

    asked = _header("KEY 'merge' VALUE merge_id, KEY 'person' VALUE who, KEY 'change' VALUE is_change")
    own_key = _header("KEY 'own' VALUE k, KEY 'merge' VALUE merge_id")
    is_forged = f"SUBSTRING({text}, 1, 1) IN ({_character(STAMPED)}, {_character(HANDED)})"
    is_asked, has_header = "merge_id IS NOT NULL AND target = id", f"merge_id IS NOT NULL OR target <> k OR {is_forged}"
    behind = f"CONCAT({own_key}, DECODE(v, 'ISO-8859-1'))"
    value = f"CASE WHEN {is_asked} THEN ENCODE({asked}, 'ISO-8859-1') WHEN {has_header} THEN ENCODE({behind}, 'ISO-8859-1') ELSE v END AS v"
    each = "both_records CROSS JOIN UNNEST(targets) AS t (target)"
    addressed = ("addressed_records", f"SELECT CASE WHEN k IS NULL THEN k ELSE target END AS k, {value}, ts FROM {each}")
    return [parsed, told, known, linked, both, addressed]


def _id(expression: str, nobody: frozenset[str]) -> str:
    """The id that a text is, as the codecs take it; NULL for what is nobody's, empty or too long. The expression is evaluated once."""
    words = "|".join(re.escape(word) for word in sorted(nobody))
    pattern = rf"(?isu)^(?!\s*(?:{words})\s*\z)(?=.*\S)(.{{1,{MAX_ID}}})\z"
    return f"REGEXP_EXTRACT({expression}, '{quoted(pattern)}', 1)"


def _once(expression: str) -> str:
    """The same, evaluated once a record, however often it is used: the planner copies an expression into each place that uses it, unless chance plays
    a part in it. Parsing a record again and again would cost more than all the rest."""
    return f"COALESCE({expression}, CASE WHEN RAND() < 0 THEN 'never' END)"


def _header(fields: str) -> str:
    """A header as text of which each character is one byte."""
    return f"DECODE(ENCODE(CONCAT({_character(STAMPED)}, JSON_OBJECT({fields}), {_character(10)}), 'UTF-8'), 'ISO-8859-1')"


def _character(code: int) -> str:
    return f"CHR({code})"
