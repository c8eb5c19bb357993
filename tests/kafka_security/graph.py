"""Writes the job's graph, serialized as it is sent to the cluster and kept by high availability, to a file: `graph.py PROPERTIES OUT`."""

import sys
from pathlib import Path

from pyflink.java_gateway import get_gateway
from pyflink.table import StreamTableEnvironment

from jobs.decide import build, environment
from jobs.options import Options
from services.devstack import jars
from udfs.core.campaigns.compile_book import compile_book

options = Options(kafka_properties=sys.argv[1], brokers="kafka.example.com:9096")
env = environment(options)
env.add_jars(*(f"file://{jar}" for jar in (jars.folder() / "flink").glob("*kafka*.jar")))
build(StreamTableEnvironment.create(env), options, book=compile_book([]))
graph = env._j_stream_execution_environment.getStreamGraph().getJobGraph()
Path(sys.argv[2]).write_bytes(get_gateway().jvm.org.apache.flink.util.InstantiationUtil.serializeObject(graph))
