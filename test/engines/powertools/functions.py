"""Functions under Powertools for AWS Lambda (idempotency), in a table they share with Weft.

Each line of standard input asks for one thing, and a line of JSON answers it. A function that is held goes on in a
thread of its own until it is told to end.
"""

import json
import sys
import threading

import boto3
from aws_lambda_powertools.utilities.idempotency import (
    DynamoDBPersistenceLayer,
    IdempotencyConfig,
    idempotent_function,
)

CONFIGURATION = json.loads(sys.argv[1])
dynamodb = boto3.client(
    "dynamodb",
    region_name="us-east-1",
    endpoint_url=CONFIGURATION["endpoint"],
    aws_access_key_id="test",
    aws_secret_access_key="test",
)


class Context:
    """The part of Lambda's context that Powertools asks for."""

    def __init__(self, remaining_ms):
        self.remaining_ms = remaining_ms

    def get_remaining_time_in_millis(self):
        return self.remaining_ms


def run(record, prefix, work, hash_function="md5", validate="", expires_s=3600, remaining_ms=None):
    """Runs `work` as an idempotent function on a record."""
    ran = False

    def function(record):
        nonlocal ran
        ran = True
        return work()

    layer = DynamoDBPersistenceLayer(table_name=CONFIGURATION["table"], boto3_client=dynamodb)
    config = IdempotencyConfig(
        event_key_jmespath="id",
        payload_validation_jmespath=validate,
        expires_after_seconds=expires_s,
        hash_function=hash_function,
        lambda_context=Context(remaining_ms) if remaining_ms else None,
    )
    idempotent = idempotent_function(
        function,
        data_keyword_argument="record",
        persistence_store=layer,
        config=config,
        key_prefix=prefix,
    )
    try:
        answer = idempotent(record=record)
        return {"ran": ran, "answer": answer}
    except Exception as error:
        return {"ran": ran, "raised": type(error).__name__}


held = []


def call(answer=None, **options):
    return run(work=lambda: answer, **options)


def fail(**options):
    def work():
        raise ValueError("no")

    return run(work=work, **options)


def hold(answer=None, **options):
    """Answers once the function runs."""
    running, ending = threading.Event(), threading.Event()

    def work():
        running.set()
        ending.wait()
        return answer

    outcome = {}
    thread = threading.Thread(target=lambda: outcome.update(run(work=work, **options)), daemon=True)
    thread.start()
    held.append((thread, ending, outcome))
    return {"ran": running.wait(20)}


def end():
    """Lets the function that was held first end."""
    thread, ending, outcome = held.pop(0)
    ending.set()
    thread.join()
    return outcome


def hashes(values, hash_function):
    """What Powertools makes of values; there is no public way to ask."""
    layer = DynamoDBPersistenceLayer(table_name=CONFIGURATION["table"], boto3_client=dynamodb)
    layer.configure(IdempotencyConfig(hash_function=hash_function), key_prefix="any")
    return {"hashes": [layer._generate_hash(value) for value in values]}


OPERATIONS = {"call": call, "fail": fail, "hold": hold, "end": end, "hashes": hashes}

for line in sys.stdin:
    try:
        operation = json.loads(line)
        print(json.dumps(OPERATIONS[operation.pop("do")](**operation)), flush=True)
    except Exception as error:  # The other side shows it; this one goes on.
        print(json.dumps({"error": f"{type(error).__name__}: {error}"}), flush=True)
