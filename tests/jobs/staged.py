"""Runs the query of the stage in a process of its own. Standard input: a line of JSON for each story, which is a list of records.

A record is its key, its value, and the headers anonymousId and previousId, in hex. Standard output: a line for each story, with what comes out.
"""

import json
import sys
from typing import Any

from pyflink.datastream import StreamExecutionEnvironment
from pyflink.table import DataTypes, StreamTableEnvironment

from jobs.identity import stage
from tests.builders import MONDAY
from udfs.codecs.catalogue import catalogue

COLUMNS = ("k", "v", "web", "previous")


def staged(story: list[list[str | None]]) -> list[Any]:
    """Key and value of each row that comes out, in hex."""
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(1)
    tables = StreamTableEnvironment.create(env)
    kind = DataTypes.ROW([DataTypes.FIELD(name, DataTypes.STRING()) for name in COLUMNS])
    tables.create_temporary_view("sent", tables.from_elements([tuple(record) for record in story], kind))
    headers = "MAP['anonymousId', UNHEX(web), 'previousId', UNHEX(previous)] AS headers"
    query = f"SELECT UNHEX(k) AS k, UNHEX(v) AS v, {headers}, TO_TIMESTAMP_LTZ({MONDAY}, 3) AS ts FROM sent"
    tables.execute_sql(f"CREATE TEMPORARY VIEW events AS {query}")
    for name, each in stage(frozenset(catalogue().nobody)):
        tables.execute_sql(f"CREATE TEMPORARY VIEW {name} AS {each}")
    with tables.execute_sql("SELECT k, v FROM addressed_records").collect() as found:
        return [[row[0], None if row[1] is None else bytes(row[1]).hex()] for row in found]


if __name__ == "__main__":
    for line in sys.stdin:
        sys.stdout.write("rows " + json.dumps(staged(json.loads(line))) + "\n")
