"""Another program on the same queues, in another language, with nothing of Weft in it.

Each line of standard input is a JSON list of operations. They are done in order, and a line of JSON answers them: the
messages of the last one that received.
"""

import json
import sys
import time

import boto3

CONFIGURATION = json.loads(sys.argv[1])
CLIENT = {
    "region_name": CONFIGURATION["region"],
    "endpoint_url": CONFIGURATION["endpoint"],
    "aws_access_key_id": "test",
    "aws_secret_access_key": "test",
}
sqs = boto3.client("sqs", **CLIENT)
sns = boto3.client("sns", **CLIENT)


def extended(service, bucket):
    """AWS's own extended clients, which put large bodies aside in S3."""
    if service == "sqs":
        from sqs_extended_client import SQSExtendedClientSession as Session
    else:
        from sns_extended_client import SNSExtendedClientSession as Session
    client = Session().client(service, **CLIENT)
    client.large_payload_support = bucket
    client.s3_client = boto3.client("s3", **CLIENT)
    return client


def typed(values):
    return {
        name: {"DataType": "Number" if isinstance(value, (int, float)) else "String", "StringValue": str(value)}
        for name, value in values.items()
    }


def topic_arn(name):
    return sns.create_topic(Name=name)["TopicArn"]


def queue_url(name):
    return sqs.get_queue_url(QueueName=name)["QueueUrl"]


def publish(topic, body, attributes=None, bucket=None):
    client = extended("sns", bucket) if bucket else sns
    client.publish(TopicArn=topic_arn(topic), Message=body, MessageAttributes=typed(attributes or {}))


def send(queue, body, attributes=None, bucket=None):
    client = extended("sqs", bucket) if bucket else sqs
    client.send_message(QueueUrl=queue_url(queue), MessageBody=body, MessageAttributes=typed(attributes or {}))


def subscribe(topic, queue, raw):
    url = sqs.create_queue(QueueName=queue)["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    sns.subscribe(
        TopicArn=topic_arn(topic),
        Protocol="sqs",
        Endpoint=arn,
        Attributes={"RawMessageDelivery": "true" if raw else "false"},
    )


def receive(queue, count=1, bucket=None, wait_s=20):
    """Takes and deletes messages until there are `count`."""
    client = extended("sqs", bucket) if bucket else sqs
    url = queue_url(queue)
    taken = []
    deadline = time.monotonic() + wait_s
    while len(taken) < count and time.monotonic() < deadline:
        answer = client.receive_message(
            QueueUrl=url, WaitTimeSeconds=1, MaxNumberOfMessages=10, MessageAttributeNames=["All"]
        )
        for message in answer.get("Messages", []):
            taken.append(
                {
                    "body": message["Body"],
                    "attributes": {
                        name: {"type": value["DataType"], "value": value.get("StringValue")}
                        for name, value in message.get("MessageAttributes", {}).items()
                    },
                }
            )
            client.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    return taken


OPERATIONS = {"publish": publish, "send": send, "subscribe": subscribe, "receive": receive}

for line in sys.stdin:
    answer = None
    try:
        for operation in json.loads(line):
            done = OPERATIONS[operation.pop("do")](**operation)
            answer = done if done is not None else answer
        print(json.dumps({"messages": answer}), flush=True)
    except Exception as error:  # The other side shows it; this one goes on.
        print(json.dumps({"error": f"{type(error).__name__}: {error}"}), flush=True)
