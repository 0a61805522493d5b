import type {
  ChangeMessageVisibilityBatchCommandInput,
  ChangeMessageVisibilityCommandInput,
  CreateQueueCommandInput,
  DeleteMessageBatchCommandInput,
  DeleteMessageCommandInput,
  GetQueueAttributesCommandInput,
  GetQueueUrlCommandInput,
  ListQueuesCommandInput,
  Message,
  ReceiveMessageCommandInput,
  SendMessageBatchCommandInput,
  SendMessageCommandInput,
  SetQueueAttributesCommandInput,
  TagQueueCommandInput,
} from '@aws-sdk/client-sqs';
import { randomUUID } from 'node:crypto';

import type { EntryOutcome } from '../transport/call-batching/entry-batcher.js';
import type { WireAttribute } from '../transport/broker/broker.js';
import { SendFailedError } from '../transport/errors/index.js';
import { isFifoName } from '../common/resource-names.js';
import { BrokerError } from '../transport/broker/broker.error.js';
import type { BrokerMessage } from '../transport/broker/broker.queue.js';
import type { MemoryBroker, PutOutcome } from '../transport/broker/memory/memory.broker.js';

type Of<T> = { readonly QueueUrl: string | undefined } & T;
type Entry = NonNullable<SendMessageBatchCommandInput['Entries']>[number];

const MAX_LISTED = 1000;

/** Calls of SQS, by the names of the SDK's commands. */
export const sqsCommands = (broker: MemoryBroker) => {
  const { queues } = broker;
  const send = async (url: string, entries: readonly Entry[]): Promise<PutOutcome[]> =>
    broker.send(
      { kind: 'queue', address: url, fifo: isFifoName(url) },
      entries.map((entry) => ({
        id: entry.MessageDeduplicationId ?? randomUUID(),
        body: entry.MessageBody ?? '',
        attributes: (entry.MessageAttributes ?? {}) as Record<string, WireAttribute>,
        group: entry.MessageGroupId,
        delayS: entry.DelaySeconds,
      })),
    );
  return {
    CreateQueueCommand: async (input: CreateQueueCommandInput) => ({
      QueueUrl: await queues.create(
        input.QueueName ?? '',
        input.Attributes ?? {},
        input.tags ?? {},
      ),
    }),
    GetQueueUrlCommand: async (input: GetQueueUrlCommandInput) => ({
      QueueUrl: await queues.urlOf(input.QueueName ?? '', input.QueueOwnerAWSAccountId),
    }),
    GetQueueAttributesCommand: async (input: GetQueueAttributesCommandInput) => ({
      Attributes: await queues.attributesOf(input.QueueUrl ?? '', input.AttributeNames),
    }),
    SetQueueAttributesCommand: (input: SetQueueAttributesCommandInput) =>
      queues.setAttributes(input.QueueUrl ?? '', input.Attributes ?? {}),
    DeleteQueueCommand: ({ QueueUrl: url = '' }: Of<object>) => queues.delete(url),
    PurgeQueueCommand: async ({ QueueUrl: url = '' }: Of<object>) => queues.at(url).purge(),
    ListQueuesCommand: async (input: ListQueuesCommandInput) => ({
      QueueUrls: await queues.list(input.QueueNamePrefix ?? '', input.MaxResults ?? MAX_LISTED),
    }),
    TagQueueCommand: (input: TagQueueCommandInput) =>
      queues.tag(input.QueueUrl ?? '', input.Tags ?? {}),
    ListQueueTagsCommand: async ({ QueueUrl: url = '' }: Of<object>) => ({
      Tags: await queues.tagsOf(url),
    }),
    SendMessageCommand: async (input: SendMessageCommandInput) => {
      const [outcome] = await send(input.QueueUrl ?? '', [{ Id: '0', ...input }]);
      if (outcome && !outcome.ok) throw faultOf(outcome.error);
      return { MessageId: outcome?.id };
    },
    SendMessageBatchCommand: async (input: SendMessageBatchCommandInput) => {
      const entries = input.Entries ?? [];
      return answered(entries, await send(input.QueueUrl ?? '', entries));
    },
    ReceiveMessageCommand: async (input: ReceiveMessageCommandInput) => {
      const url = input.QueueUrl ?? '';
      const { VisibilityTimeout: timeout } = await queues.attributesOf(url, ['VisibilityTimeout']);
      const messages = await broker.openQueue(url).receive({
        maxMessages: input.MaxNumberOfMessages ?? 1,
        waitTimeS: input.WaitTimeSeconds ?? 0,
        visibilityTimeoutS: input.VisibilityTimeout ?? Number(timeout),
        attemptId: input.ReceiveRequestAttemptId,
      });
      return messages.length === 0 ? {} : { Messages: messages.map((one) => asked(one, input)) };
    },
    DeleteMessageCommand: async (input: DeleteMessageCommandInput) =>
      alone(await broker.openQueue(input.QueueUrl ?? '').delete([input.ReceiptHandle ?? ''])),
    DeleteMessageBatchCommand: async (input: DeleteMessageBatchCommandInput) => {
      const entries = input.Entries ?? [];
      const handles = entries.map(({ ReceiptHandle: handle = '' }) => handle);
      return answered(entries, await broker.openQueue(input.QueueUrl ?? '').delete(handles));
    },
    ChangeMessageVisibilityCommand: async (input: ChangeMessageVisibilityCommandInput) =>
      alone(await broker.openQueue(input.QueueUrl ?? '').changeVisibility([changeOf(input)])),
    ChangeMessageVisibilityBatchCommand: async (
      input: ChangeMessageVisibilityBatchCommandInput,
    ) => {
      const entries = input.Entries ?? [];
      const changes = entries.map(changeOf);
      return answered(
        entries,
        await broker.openQueue(input.QueueUrl ?? '').changeVisibility(changes),
      );
    },
  };
};

const changeOf = (entry: {
  readonly ReceiptHandle?: string | undefined;
  readonly VisibilityTimeout?: number | undefined;
}) => ({
  receiptHandle: entry.ReceiptHandle ?? '',
  visibilityTimeoutS: entry.VisibilityTimeout ?? 0,
});

/** Returns only the requested attributes. */
function asked(message: BrokerMessage, input: ReceiveMessageCommandInput): Message {
  const { Attributes: system = {}, MessageAttributes: attributes = {}, ...rest } = message;
  const wanted = [...(input.MessageSystemAttributeNames ?? []), ...(input.AttributeNames ?? [])];
  const names: readonly string[] = input.MessageAttributeNames ?? [];
  return {
    ...rest,
    Attributes: pick(system, (name) => wanted.some((one) => one === 'All' || one === name)),
    MessageAttributes: pick(attributes, (name) => names.includes('All') || names.includes(name)),
  } as Message;
}

const pick = <T>(all: Readonly<Record<string, T>>, wanted: (name: string) => boolean) =>
  Object.fromEntries(Object.entries(all).filter(([name]) => wanted(name)));

const codeOf = (error: Error): string =>
  error instanceof SendFailedError ? String(error.details['code']) : error.name;

const faultOf = (error: Error): BrokerError => new BrokerError(codeOf(error), error.message);

function alone([outcome]: readonly EntryOutcome[]): void {
  if (outcome && !outcome.ok) throw faultOf(outcome.error);
}

/** The answer of a batch call, entry by entry. */
export const answered = (
  entries: readonly { readonly Id: string | undefined }[],
  outcomes: readonly PutOutcome[],
) => {
  const answers = entries.map(({ Id }, index) => ({ Id, outcome: outcomes[index] }));
  return {
    Successful: answers
      .filter(({ outcome }) => outcome?.ok)
      .map(({ Id, outcome }) => ({ Id, MessageId: outcome?.id })),
    Failed: answers.flatMap(({ Id, outcome }) =>
      outcome && !outcome.ok
        ? [{ Id, Code: codeOf(outcome.error), Message: outcome.error.message, SenderFault: true }]
        : [],
    ),
  };
};
