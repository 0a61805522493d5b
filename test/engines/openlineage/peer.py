"""OpenLineage's own client for Python: reads events into its classes, and emits events of its own over HTTP.

Each line of standard input asks for one thing, and a line of JSON answers it.
"""

import enum
import importlib
import json
import pkgutil
import sys
import types
import typing

import attr
import openlineage.client.generated
from openlineage.client import OpenLineageClient
from openlineage.client.event_v2 import InputDataset, Job, OutputDataset, Run, RunEvent, RunState
from openlineage.client.facet_v2 import column_lineage_dataset, parent_run, schema_dataset, sql_job
from openlineage.client.serde import Serde
from openlineage.client.transport.http import ApiKeyTokenProvider, HttpConfig, HttpTransport

MODULES = [
    importlib.import_module(f"openlineage.client.generated.{module.name}")
    for module in pkgutil.iter_modules(openlineage.client.generated.__path__)
]
# Each class by the name that ends its schema's URL.
CLASSES = {
    name: value
    for module in MODULES
    for name, value in vars(module).items()
    if isinstance(value, type) and attr.has(value)
}


def read_as(wanted, data):
    """An instance of a class of the client; a field that the class has not, or a type it refuses, is an error."""
    hints = typing.get_type_hints(wanted)
    known = {field.name: field.alias for field in attr.fields(wanted) if field.init}
    given = {key: value for key, value in data.items() if key not in ("_schemaURL", "schemaURL")}
    return wanted(**{known[key]: read_value(hints[key], value) for key, value in given.items()})


def read_value(hint, value):
    if isinstance(value, list):
        return [read_value(argument_of(hint, list), one) for one in value]
    if not isinstance(value, dict):
        named = next((one for one in options_of(hint) if is_enum(one)), None)
        return value if named is None else named(value)
    if "_schemaURL" in value:
        return read_as(CLASSES[value["_schemaURL"].rsplit("/", 1)[1]], value)
    wanted = next((one for one in options_of(hint) if attr.has(one)), None)
    if wanted is not None:
        return read_as(wanted, value)
    return {key: read_value(object, one) for key, one in value.items()}


def is_enum(one):
    return isinstance(one, type) and issubclass(one, enum.Enum)


def options_of(hint):
    """`A | None` is A and None."""
    if typing.get_origin(hint) in (typing.Union, types.UnionType):
        return typing.get_args(hint)
    return (hint,)


def argument_of(hint, container):
    for option in options_of(hint):
        if typing.get_origin(option) is container:
            return typing.get_args(option)[0]
    raise TypeError(f"{hint} is no {container.__name__}")


def read(event):
    """The event as the client would send it on."""
    return Serde.to_dict(read_as(RunEvent, event))


def emit(url, key, run_id, at):
    """A run of a job with a parent: it reads one table and writes another, column by column."""
    auth = ApiKeyTokenProvider({"apiKey": key})
    client = OpenLineageClient(transport=HttpTransport(HttpConfig(url=url, auth=auth)))
    parent = parent_run.ParentRunFacet(
        run=parent_run.Run(runId="01970000-0000-7000-8000-000000000001"),
        job=parent_run.Job(namespace="python", name="nightly"),
    )
    columns = column_lineage_dataset.ColumnLineageDatasetFacet(
        fields={
            "total": column_lineage_dataset.Fields(
                inputFields=[
                    column_lineage_dataset.InputField(
                        namespace="weft", name="main.raw_orders", field="amount"
                    )
                ]
            )
        }
    )
    schema = schema_dataset.SchemaDatasetFacet(
        fields=[schema_dataset.SchemaDatasetFacetFields(name="total", type="DECIMAL")]
    )
    job = Job("python", "nightly.totals", facets={"sql": sql_job.SQLJobFacet(query="SELECT 1")})
    for state, time in zip((RunState.START, RunState.COMPLETE), at):
        client.emit(
            RunEvent(
                eventType=state,
                eventTime=time,
                run=Run(run_id, facets={"parent": parent}),
                job=job,
                inputs=[InputDataset("weft", "main.raw_orders")],
                outputs=[
                    OutputDataset(
                        "weft", "main.totals", facets={"schema": schema, "columnLineage": columns}
                    )
                ],
                producer="https://example.com/nightly",
            )
        )
    client.close()
    return {}


for line in sys.stdin:
    question = json.loads(line)
    try:
        work = {"read": read, "emit": emit}[question.pop("do")]
        answer = work(**question)
    except Exception as error:  # The test is told, whatever it is.
        answer = {"error": f"{type(error).__name__}: {error}"}
    print(json.dumps(answer), flush=True)
