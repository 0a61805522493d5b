import { NotFoundException } from '@nestjs/common';
import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import {
  MESSAGE_PAGES_COLLECTION,
  SESSIONS_COLLECTION,
} from '../../../../src/features/sessions/session.document.js';
import type { MessagesPage, SessionsService } from '../../../../src/features/sessions/index.js';
import { ValidationFailedError } from '../../../../src/transport/errors/index.js';
import { createSessions, message, newStore, times } from '../sessions.fixture.js';
import { meddledWith } from '../support/meddled-with.js';

const LONG = 'x'.repeat(30_000);

const REDACTION = { redact_message: { role: 'user', content: [{ text: '[gone]' }] } };

const agent = async () => {
  const sessions = await createSessions();
  await sessions.service.create({ session_id: 's' });
  await sessions.service.putAgent('s', 'a', {});
  const pages = () => sessions.store.collection(MESSAGE_PAGES_COLLECTION).count({});
  return { ...sessions, pages };
};

const texts = ({ messages }: Pick<MessagesPage, 'messages'>): unknown[] =>
  messages.map(({ message_id, message: { content } }) => [message_id, content]);

const textAt = (id: number, text: string) => [id, [{ text }]];

describe('Messages of an agent', () => {
  it('are numbered from 0 without gaps, and read in order from an offset or from the end', async () => {
    const { service } = await agent();
    for (const n of times(5, (index) => index)) {
      const { messages } = await service.appendMessages('s', 'a', [message(`m${n}`)]);
      expect(messages.map(({ message_id }) => message_id)).toEqual([n]);
    }
    const page = await service.messages('s', 'a', { offset: 1, limit: 2 });
    expect(page).toMatchObject({ session_id: 's', agent_id: 'a', total_messages: 5 });
    expect(texts(page)).toEqual([textAt(1, 'm1'), textAt(2, 'm2')]);
    expect(page.next_offset).toBe(3);
    const last = await service.messages('s', 'a', { last: 2 });
    expect(texts(last)).toEqual([textAt(3, 'm3'), textAt(4, 'm4')]);
    expect(last.next_offset).toBeNull();
    expect(await service.messages('s', 'a', { offset: 9, limit: 2 })).toMatchObject({
      messages: [],
      next_offset: null,
    });
  });

  it('are kept whole: unknown fields, keys with dots and dollars, and metrics', async () => {
    const { service } = await agent();
    const content = JSON.parse('[{"toolUse":{"input":{"$where":"1","a.b":{"__proto__":2}}}}]');
    const event_loop_metrics = { 'latency.ms': 7 };
    const added = {
      message: { role: 'assistant', content },
      redact_message: null,
      event_loop_metrics,
    };
    await service.appendMessages('s', 'a', [added]);
    const { messages } = await service.messages('s', 'a', { last: 1 });
    expect(JSON.stringify(messages[0]?.message)).toBe(JSON.stringify(added.message));
    expect(messages[0]?.event_loop_metrics).toEqual(event_loop_metrics);
  });

  it('move to pages of their own when they are many, and read the same', async () => {
    const { service, pages } = await agent();
    for (const n of times(40, (index) => index)) {
      await service.appendMessages('s', 'a', [message(`${n} ${LONG}`)]);
    }
    expect(await pages()).toBeGreaterThan(5);
    const all: unknown[] = [];
    let offset: number | null = 0;
    while (offset !== null) {
      const page: MessagesPage = await service.messages('s', 'a', { offset, limit: 7 });
      all.push(...texts(page));
      offset = page.next_offset;
    }
    expect(all).toEqual(times(40, (n) => textAt(n, `${n} ${LONG}`)));
  });

  it('answer at most 4 MiB at once, and say where to go on', async () => {
    const { service } = await agent();
    const large = 'y'.repeat(90_000);
    for (let n = 0; n < 60; n++) await service.appendMessages('s', 'a', [message(large)]);
    const page = await service.messages('s', 'a', { offset: 0, limit: 1000 });
    expect(Buffer.byteLength(JSON.stringify(page.messages))).toBeLessThan(4.1 * 1024 * 1024);
    expect(page.next_offset).toBe(page.messages.length);
  });

  it('of a batch are stored all or none, in one run of numbers', async () => {
    const { service } = await agent();
    await service.appendMessages('s', 'a', [message('first')]);
    const batch = times(100, (n) => message(`${n} ${LONG}`));
    const { messages } = await service.appendMessages('s', 'a', batch);
    expect(messages.map(({ message_id }) => message_id)).toEqual(times(100, (n) => n + 1));
    expect((await service.messages('s', 'a', { last: 1 })).total_messages).toBe(101);
  });

  it('are stored once for a client token, however often it is retried and by however many at once', async () => {
    const { service } = await agent();
    await service.appendMessages('s', 'a', [message('before')]);
    const retries = await Promise.all(
      times(5, () => service.appendMessages('s', 'a', [message('once')], 'token')),
    );
    expect(retries.filter(({ created }) => created)).toHaveLength(1);
    expect(retries.map(texts)).toEqual(times(5, () => [textAt(1, 'once')]));
    await service.appendMessages('s', 'a', [message('again')], 'another token');
    expect((await service.messages('s', 'a', { last: 1 })).total_messages).toBe(3);
  });

  it('have each number once when many append at once', async () => {
    const { service } = await agent();
    const appended = await Promise.all(
      times(50, (n) => service.appendMessages('s', 'a', [message(`${n} ${LONG}`)])),
    );
    const numbers = appended.flatMap(({ messages }) =>
      messages.map(({ message_id }) => message_id),
    );
    expect(numbers.toSorted((one, two) => one - two)).toEqual(times(50, (n) => n));
    const { messages } = await service.messages('s', 'a', { offset: 0, limit: 1000 });
    expect(messages.map(({ message_id }) => message_id)).toEqual(times(50, (n) => n));
  });

  it('read the same from pages as from the document, whatever is appended, removed and redacted', async () => {
    const step = fc.oneof(
      fc.record({
        kind: fc.constant('append' as const),
        sizes: fc.array(fc.integer({ min: 1, max: 60_000 }), { minLength: 1, maxLength: 4 }),
      }),
      fc.record({ kind: fc.constant('pop' as const) }),
      fc.record({
        kind: fc.constant('redact' as const),
        at: fc.double({ min: 0, max: 0.999, noNaN: true }),
      }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 15 }), async (steps) => {
        const { service } = await agent();
        const expected: string[] = [];
        for (const each of steps) {
          if (each.kind === 'append') {
            const added = each.sizes.map((size, n) => `${expected.length + n}`.padEnd(size, '.'));
            await service.appendMessages(
              's',
              'a',
              added.map((text) => message(text)),
            );
            expected.push(...added);
          } else if (expected.length > 0 && each.kind === 'pop') {
            await service.popMessage('s', 'a');
            expected.pop();
          } else if (expected.length > 0 && each.kind === 'redact') {
            const id = Math.floor(each.at * expected.length);
            await service.redactMessage('s', 'a', id, { redact_message: message('gone').message });
            expected[id] = 'gone';
          }
        }
        const { messages } = await service.messages('s', 'a', { offset: 0, limit: 1000 });
        expect(texts({ messages })).toEqual(expected.map((text, id) => textAt(id, text)));
      }),
      { numRuns: 25 },
    );
  });
});

describe('Redacting a message', () => {
  const replacement = { role: 'user', content: [{ text: '[removed]' }] };

  it('removes the original text from the documents, and keeps metrics and earlier events', async () => {
    const { service, store } = await agent();
    const secret = { ...message('my secret'), event_loop_metrics: { tokens: 3 } };
    await service.appendMessages('s', 'a', [message('hello'), secret]);
    await service.redactMessage('s', 'a', 0, {
      redact_message: replacement,
      guardrail_event: { rule: 'one' },
    });
    const redacted = await service.redactMessage('s', 'a', 'latest', {
      redact_message: replacement,
      guardrail_event: { rule: 'two' },
    });
    expect(redacted).toMatchObject({
      message_id: 1,
      message: replacement,
      redact_message: replacement,
      event_loop_metrics: { tokens: 3 },
    });
    expect([redacted.updated_at, redacted.created_at].toSorted()[1]).toBe(redacted.updated_at);
    expect(redacted.updated_at).not.toBe(redacted.created_at);
    const document = await store.collection(SESSIONS_COLLECTION).findOne({ _id: 's' });
    expect(JSON.stringify(document)).not.toContain('my secret');
    expect((await service.get('s')).guardrail_events).toMatchObject([
      { agent_id: 'a', message_id: 1, event: { rule: 'two' } },
      { agent_id: 'a', message_id: 0, event: { rule: 'one' } },
    ]);
  });

  it('keeps the original beside the replacement when that is asked for', async () => {
    const { service } = await agent();
    await service.appendMessages('s', 'a', [message('kept')]);
    const body = { redact_message: replacement, keep_original: true };
    expect(await service.redactMessage('s', 'a', 0, body)).toMatchObject({
      message: message('kept').message,
      redact_message: replacement,
    });
  });

  it('removes the text of a message that moved to a page', async () => {
    const { service, store } = await agent();
    await service.appendMessages('s', 'a', [message('my secret')]);
    for (let n = 0; n < 10; n++) await service.appendMessages('s', 'a', [message(LONG)]);
    await service.redactMessage('s', 'a', 0, { redact_message: replacement });
    const { messages } = await service.messages('s', 'a', { offset: 0, limit: 1 });
    expect(messages[0]?.message).toEqual(replacement);
    const kept = await store.collection(MESSAGE_PAGES_COLLECTION).find({});
    expect(JSON.stringify(kept)).not.toContain('my secret');
  });

  it.each([
    [0, {}],
    [0, { redact_message: { role: 'user' } }],
    [0, { redact_message: replacement, keep_original: 'yes' }],
    [0, { redact_message: replacement, guardrail_event: { text: 'x'.repeat(1025) } }],
  ])('of message %j is refused with %j', async (id, body) => {
    const { service } = await agent();
    await service.appendMessages('s', 'a', [message('stays')]);
    await expect(service.redactMessage('s', 'a', id, body)).rejects.toThrow(ValidationFailedError);
    expect(texts(await service.messages('s', 'a', { last: 1 }))).toEqual([textAt(0, 'stays')]);
  });

  it('of a message that is not there is a 404', async () => {
    const { service } = await agent();
    const body = { redact_message: replacement };
    await expect(service.redactMessage('s', 'a', 0, body)).rejects.toThrow(NotFoundException);
    await expect(service.redactMessage('s', 'a', 'latest', body)).rejects.toThrow(
      NotFoundException,
    );
    await expect(service.popMessage('s', 'a')).rejects.toThrow(NotFoundException);
  });

  it('keeps all messages when the answer to a write that moved some to a page is lost', async () => {
    const store = await newStore();
    let losing = false;
    const documents = meddledWith(store, SESSIONS_COLLECTION, 'updateOne', async (update) => {
      const written = await update();
      if (losing) throw new Error('The connection broke before the answer');
      return written;
    });
    const { service } = await createSessions({}, documents);
    await service.create({ session_id: 's' });
    await service.putAgent('s', 'a', {});
    await service.appendMessages(
      's',
      'a',
      times(2, () => message(LONG)),
    );
    losing = true;
    await expect(service.appendMessages('s', 'a', [message(LONG)], 'token')).rejects.toThrow(
      'The connection broke',
    );
    losing = false;
    const again = await service.appendMessages('s', 'a', [message(LONG)], 'token');
    expect({ created: again.created }).toEqual({ created: false });
    const { messages } = await service.messages('s', 'a', { offset: 0, limit: 50 });
    expect(messages.map(({ message_id }) => message_id)).toEqual([0, 1, 2]);
  });

  it.each([
    [
      'read',
      async (service: SessionsService) =>
        (await service.messages('s', 'a', { offset: 0, limit: 1 })).messages[0]?.message_id,
    ],
    [
      'redacted',
      async (service: SessionsService) =>
        (await service.redactMessage('s', 'a', 0, REDACTION)).message_id,
    ],
  ])(
    'goes on from what another process has redacted in the page meanwhile: messages are %s',
    async (_how, act) => {
      const store = await newStore();
      const other = await createSessions({}, store);
      let meddling = false;
      const pages = meddledWith(store, MESSAGE_PAGES_COLLECTION, 'findOne', async (find) => {
        if (meddling) {
          meddling = false;
          await other.service.redactMessage('s', 'a', 1, REDACTION);
        }
        return find();
      });
      const { service } = await createSessions({}, pages);
      await service.create({ session_id: 's' });
      await service.putAgent('s', 'a', {});
      await service.appendMessages(
        's',
        'a',
        times(4, () => message(LONG)),
      );
      meddling = true;
      expect(await act(service)).toBe(0);
      const { messages } = await service.messages('s', 'a', { offset: 0, limit: 50 });
      expect(messages.map(({ message_id }) => message_id)).toEqual([0, 1, 2, 3]);
      expect(messages[1]?.redact_message).toEqual(REDACTION.redact_message);
    },
  );
});

describe('A fork', () => {
  it('goes on from a message of its parent, and neither changes the other', async () => {
    const { service } = await agent();
    await service.updateMetadata('s', { topic: 'weather' });
    for (let n = 0; n < 12; n++) await service.appendMessages('s', 'a', [message(`${n} ${LONG}`)]);
    const fork = await service.fork('s', {
      sessionId: 'f',
      at: { agentId: 'a', messageId: 2 },
    });
    expect(fork).toMatchObject({ session_id: 'f', metadata: { topic: 'weather' } });
    expect(fork.session_viewer_password).toMatch(/^[\w-]{32}$/);
    await service.appendMessages('f', 'a', [message('of the fork')]);
    await service.redactMessage('f', 'a', 0, { redact_message: message('hidden').message });
    await service.popMessage('s', 'a');
    expect(texts(await service.messages('f', 'a', { offset: 0, limit: 10 }))).toEqual([
      textAt(0, 'hidden'),
      textAt(1, `1 ${LONG}`),
      textAt(2, `2 ${LONG}`),
      textAt(3, 'of the fork'),
    ]);
    const parent = await service.messages('s', 'a', { offset: 0, limit: 100 });
    expect(texts(parent)).toEqual(times(11, (n) => textAt(n, `${n} ${LONG}`)));
  });

  it('shares the pages of its parent, which stay until both are deleted', async () => {
    const { service, pages } = await agent();
    for (let n = 0; n < 12; n++) await service.appendMessages('s', 'a', [message(LONG)]);
    const before = await pages();
    await service.fork('s', { sessionId: 'f', at: undefined });
    expect(await pages()).toBe(before);
    await service.remove('s');
    expect((await service.messages('f', 'a', { offset: 0, limit: 100 })).messages).toHaveLength(12);
    await service.remove('f');
    expect(await pages()).toBe(0);
  });

  it('is refused where there is nothing to fork, or the id is taken', async () => {
    const { service } = await agent();
    await service.create({ session_id: 'taken' });
    await expect(service.fork('none', { sessionId: 'f', at: undefined })).rejects.toThrow(
      'Session not found: none',
    );
    const at = { agentId: 'a', messageId: 0 };
    await expect(service.fork('s', { sessionId: 'f', at })).rejects.toThrow('Message not found: 0');
    await expect(service.fork('s', { sessionId: 'taken', at: undefined })).rejects.toThrow(
      'Session already exists: taken',
    );
    await expect(service.get('f')).rejects.toThrow(NotFoundException);
  });
});
