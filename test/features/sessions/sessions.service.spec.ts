import { describe, expect, it } from '@jest/globals';
import { ConflictException, NotFoundException } from '@nestjs/common';
import {
  MESSAGE_PAGES_COLLECTION,
  SESSIONS_COLLECTION,
} from '../../../src/features/sessions/session.document.js';
import type { SessionSummary } from '../../../src/features/sessions/sessions.dto.js';
import { ValidationFailedError } from '../../../src/transport/errors/index.js';
import { isViewerPassword } from '../../../src/features/sessions/viewer/viewer-password.js';
import { createSessions, message, newStore, times } from './sessions.fixture.js';

const key = (n: number): Record<string, number> =>
  Object.fromEntries(times(10, (i) => [`k${n}-${i}`, 1]));

describe('SessionsService', () => {
  describe('create', () => {
    it('answers a new session with its password, and keeps only the hash', async () => {
      const { service, store } = await createSessions();
      const { created, session } = await service.create({
        session_id: 'user-session-123',
        application_name: 'support',
        session_type: 'chat',
        metadata: { status: 'new' },
      });
      expect({ created }).toEqual({ created: true });
      expect(session).toEqual({
        session_id: 'user-session-123',
        application_name: 'support',
        session_type: 'chat',
        created_at: expect.stringMatching(/^\d{4}-.*\+00:00$/),
        updated_at: session.created_at,
        metadata: { status: 'new' },
        sequence: 0,
        feedbacks: [],
        guardrail_events: [],
        agents: {},
        session_viewer_password: expect.stringMatching(/^[\w-]{32}$/),
      });
      const document = await store.collection(SESSIONS_COLLECTION).findOne({});
      const password = 'session_viewer_password' in session ? session.session_viewer_password : '';
      expect(JSON.stringify(document)).not.toContain(password);
      expect({
        matches: isViewerPassword(password, document?.session_viewer_password_hash),
      }).toEqual({ matches: true });
      expect({
        matches: isViewerPassword(`${password}x`, document?.session_viewer_password_hash),
      }).toEqual({ matches: false });
      expect(document).toMatchObject({ feedbacks: [], guardrail_events: [], agents: {} });
      expect(await service.get('user-session-123')).not.toHaveProperty('session_viewer_password');
    });

    it('answers an existing id with the session as it is, and no password', async () => {
      const { service } = await createSessions();
      const first = await service.create({ session_id: 's', application_name: 'a' });
      const again = { session_id: 's', application_name: 'b', metadata: { x: 1 } };
      const { created, session } = await service.create(again);
      expect({ created }).toEqual({ created: false });
      expect(session).toEqual(await service.get('s'));
      expect(session.created_at).toBe(first.session.created_at);
      expect(session).toMatchObject({ application_name: 'a', metadata: {} });
    });

    it('makes one session of many requests at once for an id', async () => {
      const { service } = await createSessions();
      const all = await Promise.all(times(20, () => service.create({ session_id: 's' })));
      expect(all.filter(({ created }) => created)).toHaveLength(1);
    });

    it('makes up an id when none is given, and all else is optional', async () => {
      const { service } = await createSessions();
      const { session } = await service.create({ session_id: null, metadata: null });
      expect(session.session_id).toMatch(/^[0-9a-f-]{36}$/);
      expect(session).toMatchObject({ application_name: null, session_type: null, metadata: {} });
    });

    it('stores nothing of a request with unsafe metadata', async () => {
      const { service } = await createSessions();
      const metadata = JSON.parse('{"__proto__": {"admin": true}}');
      await expect(service.create({ session_id: 's', metadata })).rejects.toThrow('"__proto__"');
      await expect(service.get('s')).rejects.toThrow(NotFoundException);
    });
  });

  describe('list', () => {
    it('gives every session once, newest first, page by page', async () => {
      const { service } = await createSessions();
      for (const index of times(7, (n) => n)) await service.create({ session_id: `s${index}` });
      const seen: SessionSummary[] = [];
      let cursor: string | undefined;
      do {
        const page = await service.list({ applicationName: undefined, limit: 3, cursor });
        seen.push(...page.sessions);
        cursor = page.next_cursor ?? undefined;
      } while (cursor !== undefined);
      const names = seen.map(({ session_id }) => session_id);
      expect(names.toSorted()).toEqual(['s0', 's1', 's2', 's3', 's4', 's5', 's6']);
      const instants = seen.map(({ created_at }) => created_at);
      expect(instants).toEqual(instants.toSorted().toReversed());
    });

    it('gives those of one application, and nothing secret', async () => {
      const { service } = await createSessions();
      await service.create({ session_id: 'a', application_name: 'one' });
      await service.create({ session_id: 'b', application_name: 'two' });
      const page = await service.list({ applicationName: 'two', limit: 10, cursor: undefined });
      const { session_id, sequence } = page.sessions[0] ?? {};
      expect({ session_id, sequence, count: page.sessions.length }).toEqual({
        session_id: 'b',
        sequence: 0,
        count: 1,
      });
      expect(JSON.stringify(page)).not.toContain('password');
      expect(page.next_cursor).toBeNull();
    });

    it.each(['', 'x', 'bm90IGpzb24', Buffer.from('["2026",{"$ne":1}]').toString('base64url')])(
      'refuses the cursor %j',
      async (cursor) => {
        const { service } = await createSessions();
        await expect(
          service.list({ applicationName: undefined, limit: 1, cursor }),
        ).rejects.toThrow(ValidationFailedError);
      },
    );
  });

  it('deletes a session with all it holds', async () => {
    const { service } = await createSessions();
    await service.create({ session_id: 's' });
    await service.remove('s');
    await expect(service.get('s')).rejects.toThrow(NotFoundException);
    await expect(service.remove('s')).rejects.toThrow('Session not found: s');
  });

  describe('metadata', () => {
    it('merges keys, replaces values whole, and publishes each change with the next number', async () => {
      const { service, sent } = await createSessions();
      await service.create({ session_id: 's', metadata: { status: 'new', deep: { a: 1 } } });
      expect(await service.updateMetadata('s', { deep: { b: 2 }, n: null })).toEqual({
        status: 'new',
        deep: { b: 2 },
        n: null,
      });
      expect(await service.deleteMetadata('s', ['status', 'absent'])).toEqual({
        deep: { b: 2 },
        n: null,
      });
      const { updated_at } = await service.get('s');
      expect((await sent()).map(({ pattern }) => pattern)).toEqual([
        'session.metadata_update',
        'session.metadata_update',
      ]);
      expect((await sent()).map(({ data }) => data)).toMatchObject([
        { operation: 'update', metadata: { deep: { b: 2 }, n: null }, sequence: 1 },
        {
          session_id: 's',
          event: 'metadata_update',
          operation: 'delete',
          metadata: { status: null, absent: null },
          timestamp: updated_at,
          sequence: 2,
        },
      ]);
    });

    it('publishes only the listed fields, and nothing when none of them changed', async () => {
      const { service, sent } = await createSessions({ metadataFields: ['status', 'priority'] });
      await service.create({ session_id: 's' });
      await service.updateMetadata('s', { internal: 1 });
      await service.updateMetadata('s', { status: 'on', internal: 2 });
      await service.deleteMetadata('s', ['internal']);
      await service.deleteMetadata('s', ['internal', 'priority']);
      const told = (await sent()).map(({ data }) => data);
      expect(told.map(({ metadata, sequence }) => ({ metadata, sequence }))).toEqual([
        { metadata: { status: 'on' }, sequence: 1 },
        { metadata: { priority: null }, sequence: 2 },
      ]);
    });

    it('publishes nothing where there is no queue, and nothing of an empty change', async () => {
      const off = await createSessions({ metadataQueueUrl: 'none' });
      await off.service.create({ session_id: 's' });
      await off.service.updateMetadata('s', { a: 1 });
      expect(await off.sent()).toEqual([]);
      const on = await createSessions();
      await on.service.create({ session_id: 's', metadata: { a: 1 } });
      expect(await on.service.updateMetadata('s', {})).toEqual({ a: 1 });
      expect(await on.sent()).toEqual([]);
    });

    it('loses no key and gives no number twice under concurrent writers', async () => {
      const { service, sent } = await createSessions();
      await service.create({ session_id: 's' });
      await Promise.all(times(100, (n) => service.updateMetadata('s', { [`k${n}`]: n, last: n })));
      expect(Object.keys(await service.metadata('s'))).toHaveLength(101);
      const told = (await sent()).map(({ data }) => data);
      expect(told.map(({ sequence }) => sequence)).toEqual(times(100, (n) => n + 1));
      expect(told.at(-1)).toMatchObject({
        metadata: { last: (await service.metadata('s'))['last'] },
      });
    });

    it('counts what is there, not what was ever written, against the limits', async () => {
      const { service } = await createSessions();
      await service.create({ session_id: 's' });
      const text = 'x'.repeat(30_000);
      for (const n of times(10, (index) => index)) await service.updateMetadata('s', { text, n });
      await service.updateMetadata('s', { other: text });
      await expect(service.updateMetadata('s', { third: text })).rejects.toThrow(ConflictException);
      expect(Object.keys(await service.metadata('s'))).toEqual(['text', 'n', 'other']);
      await service.deleteMetadata('s', ['other']);
      await service.updateMetadata('s', { third: text });
    });

    it('never goes over its 256 keys, however many write at once', async () => {
      const { service } = await createSessions();
      await service.create({ session_id: 's' });
      const results = await Promise.allSettled(
        times(40, (n) => service.updateMetadata('s', key(n))),
      );
      expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(25);
      expect(Object.keys(await service.metadata('s'))).toHaveLength(250);
      expect(await service.updateMetadata('s', key(0))).toHaveProperty('k0-0', 1);
    });

    it.each(['{"__proto__": 1}', '{"$where": "1"}', '{"a,b": 1}', '{"constructor": 1}', '[]'])(
      'stores and publishes nothing of %s',
      async (json) => {
        const { service, sent } = await createSessions();
        await service.create({ session_id: 's' });
        const before = await service.get('s');
        await expect(service.updateMetadata('s', JSON.parse(json))).rejects.toThrow(
          ValidationFailedError,
        );
        expect(await service.get('s')).toEqual(before);
        expect(await sent()).toEqual([]);
      },
    );

    it('is of a session that exists', async () => {
      const { service, sent } = await createSessions();
      await expect(service.updateMetadata('s', { a: 1 })).rejects.toThrow(NotFoundException);
      await expect(service.deleteMetadata('s', ['a'])).rejects.toThrow(NotFoundException);
      await expect(service.metadata('a\nb')).rejects.toThrow(ValidationFailedError);
      expect(await sent()).toEqual([]);
    });
  });

  describe('feedback', () => {
    it('is kept in order, published to the topic of its rating, and counted', async () => {
      const { service, sent } = await createSessions();
      await service.create({ session_id: 's' });
      await service.addFeedback('s', { rating: 'up' });
      await service.addFeedback('s', { rating: 'down', comment: 'incomplete' });
      const last = await service.addFeedback('s', { comment: 'just saving' });
      expect(last).toEqual({
        rating: null,
        comment: 'just saving',
        created_at: expect.any(String),
      });
      expect(await sent()).toEqual(
        [
          ['positive', ''],
          ['negative', 'incomplete'],
          ['neutral', 'just saving'],
        ].map(([rating, comment]) => ({
          pattern: `session.feedback.${rating}`,
          data: {
            session_id: 's',
            rating,
            subject: `Virtual Agents Feedback ${rating} on session s`,
            body: `Session: s\n\n${comment}`,
          },
        })),
      );
      const page = await service.feedbacks('s', 2);
      expect(page).toMatchObject({ session_id: 's', total_feedbacks: 3 });
      expect(page.feedbacks.map(({ rating }) => rating)).toEqual([null, 'down']);
      expect(await service.feedbackStats('s')).toEqual({
        session_id: 's',
        total_feedbacks: 3,
        positive: 1,
        negative: 1,
        neutral: 1,
        satisfaction_score: 50,
      });
    });

    it('of a rating without a topic is stored and not published', async () => {
      const { service, sent } = await createSessions({
        feedbackTopics: { good: 'none', bad: 'feedback-bad', neutral: 'none' },
      });
      await service.create({ session_id: 's' });
      await service.addFeedback('s', { rating: 'up' });
      await service.addFeedback('s', { rating: null });
      await service.addFeedback('s', { rating: 'down', comment: 'c' });
      expect((await sent()).map(({ pattern }) => pattern)).toEqual(['session.feedback.negative']);
      expect((await service.feedbackStats('s')).total_feedbacks).toBe(3);
    });

    it('is refused once the session has a thousand, and not published', async () => {
      const { service, sent, store } = await createSessions();
      await service.create({ session_id: 's' });
      const feedbacks = times(999, () => ({ rating: null, comment: null, created_at: 'now' }));
      const most = { feedbacks, feedback_count: 999, feedback_bytes: 60_000 };
      await store.collection(SESSIONS_COLLECTION).updateOne({ _id: 's' }, { $set: most });
      const both = [service.addFeedback('s', {}), service.addFeedback('s', {})];
      const results = await Promise.allSettled(both);
      expect(results.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
      await expect(service.addFeedback('s', {})).rejects.toThrow(ConflictException);
      expect((await service.feedbackStats('s')).total_feedbacks).toBe(1000);
      expect(await sent()).toHaveLength(1);
    });

    it('keeps further fields as they were given, up to 4 KiB', async () => {
      const { service } = await createSessions();
      await service.create({ session_id: 's' });
      const extras = JSON.parse('{"tags":["a"],"user.name":"x","$set":{"__proto__":1}}');
      const added = await service.addFeedback('s', { rating: 'up', created_at: 'mine', ...extras });
      expect(added).toMatchObject({ ...extras, rating: 'up', comment: null });
      expect(added.created_at).not.toBe('mine');
      const { feedbacks } = await service.feedbacks('s', 1);
      expect(JSON.stringify(feedbacks[0])).toBe(JSON.stringify(added));
      await expect(
        service.addFeedback('s', { rating: 'up', note: 'x'.repeat(4096) }),
      ).rejects.toThrow(ValidationFailedError);
    });

    it('of an author about a message takes the place of the earlier one, and can be removed', async () => {
      const { service, sent } = await createSessions();
      await service.create({ session_id: 's' });
      await service.putAgent('s', 'a', {});
      await service.appendMessages('s', 'a', [message('hello')]);
      const about = { author: 'ada', agent_id: 'a', message_id: 0 };
      await service.addFeedback('s', { rating: 'up', ...about });
      await service.addFeedback('s', { rating: 'up', ...about, author: 'bob' });
      await service.addFeedback('s', { rating: 'down', comment: 'after all', ...about });
      expect(await service.feedbackStats('s')).toMatchObject({ positive: 1, negative: 1 });
      expect(await sent()).toHaveLength(3);
      const down = await service.feedbacks('s', 10, 'down');
      expect(down.feedbacks).toMatchObject([{ author: 'ada', comment: 'after all' }]);
      await service.removeFeedback('s', about);
      expect((await service.feedbackStats('s')).total_feedbacks).toBe(1);
      await expect(service.removeFeedback('s', about)).rejects.toThrow(NotFoundException);
    });

    it('is refused about an agent or a message that does not exist, and not published', async () => {
      const { service, sent } = await createSessions();
      await service.create({ session_id: 's' });
      await service.putAgent('s', 'a', {});
      const about = { rating: 'up', author: 'ada', message_id: 0 };
      await expect(service.addFeedback('s', { ...about, agent_id: 'a' })).rejects.toThrow(
        'Message not found: 0',
      );
      await expect(service.addFeedback('s', { ...about, agent_id: 'b' })).rejects.toThrow(
        'Agent not found: b',
      );
      expect(await sent()).toEqual([]);
    });

    it('is of a session that exists', async () => {
      const { service } = await createSessions();
      await expect(service.addFeedback('s', {})).rejects.toThrow(NotFoundException);
      await expect(service.feedbacks('s', 1)).rejects.toThrow(NotFoundException);
      await expect(service.feedbackStats('s')).rejects.toThrow(NotFoundException);
    });
  });

  describe('hooks', () => {
    it('may refuse a change, which is then neither stored nor published', async () => {
      const { service, sent } = await createSessions({
        hooks: [
          {
            beforeFeedback({ feedback }) {
              if (feedback.comment === 'refuse') throw new ConflictException('Not that');
            },
            beforeMetadata({ metadata }) {
              if ('refuse' in metadata) throw new ConflictException('Nor that');
            },
          },
        ],
      });
      await service.create({ session_id: 's' });
      await expect(service.addFeedback('s', { comment: 'refuse' })).rejects.toThrow('Not that');
      await expect(service.updateMetadata('s', { refuse: 1 })).rejects.toThrow('Nor that');
      expect((await service.feedbackStats('s')).total_feedbacks).toBe(0);
      expect(await service.metadata('s')).toEqual({});
      expect(await sent()).toEqual([]);
    });

    it('send notifications of their own with the change, and hear of it afterwards', async () => {
      const heard: unknown[] = [];
      const { service, sent } = await createSessions({
        metadataQueueUrl: 'none',
        hooks: [
          {
            metadataNotifications: (session_id, { sequence }) => [
              { channel: 'audit', pattern: 'audit', data: { session_id, sequence }, fifo: true },
            ],
            afterMetadata: ({ metadata }) => {
              heard.push(metadata);
              throw new Error('which nobody sees');
            },
          },
        ],
      });
      await service.create({ session_id: 's' });
      expect(await service.updateMetadata('s', { a: 1 })).toEqual({ a: 1 });
      expect(heard).toEqual([{ a: 1 }]);
      expect(await sent()).toEqual([
        { pattern: 'audit', data: { session_id: 's', sequence: 1 }, group: 's' },
      ]);
    });

    it('send to FIFO destinations by session, whatever its id is', async () => {
      const { service, sent } = await createSessions({ metadataQueueUrl: 'metadata.fifo' });
      for (const session_id of ['plain', 'of two words']) {
        await service.create({ session_id });
        await service.updateMetadata(session_id, { a: 1 });
      }
      expect((await sent()).map(({ group }) => group)).toEqual([
        'plain',
        expect.stringMatching(/^[0-9a-f]{64}$/),
      ]);
    });
  });

  describe('notifications', () => {
    it('that cannot be sent stay with the session, and a later relay sends them in order', async () => {
      const store = await newStore();
      const first = await createSessions({}, store);
      await first.service.create({ session_id: 's' });
      // No relay runs: the process ends here.
      for (const n of times(3, (index) => index)) await first.service.updateMetadata('s', { n });
      const second = await createSessions({}, store);
      expect((await second.sent()).map(({ data }) => data['sequence'])).toEqual([1, 2, 3]);
      expect(await second.sent()).toHaveLength(3);
    });

    it('of a session that is deleted are sent all the same, and then the session goes', async () => {
      const { service, deletion, sent, store } = await createSessions();
      await service.create({ session_id: 's' });
      await service.updateMetadata('s', { secret: 'text' });
      const documents = store.collection(SESSIONS_COLLECTION);
      await service.remove('s');
      expect(await documents.findOne({ _id: 's' })).toMatchObject({ deleted: true, metadata: {} });
      expect(await sent()).toHaveLength(1);
      await deletion.sweep();
      expect(await documents.count({})).toBe(0);
    });

    it('number on when a deleted session is made again while some wait', async () => {
      const { service, sent } = await createSessions();
      await service.create({ session_id: 's', metadata: { old: 1 } });
      await service.updateMetadata('s', { a: 1 });
      await service.remove('s');
      await expect(service.get('s')).rejects.toThrow(NotFoundException);
      const { created, session } = await service.create({ session_id: 's' });
      expect({ created, metadata: session.metadata }).toEqual({ created: true, metadata: {} });
      await service.updateMetadata('s', { b: 1 });
      expect((await sent()).map(({ data }) => data['sequence'])).toEqual([1, 2]);
    });

    it('that wait in too great a number refuse further announced changes, and no others', async () => {
      const { service } = await createSessions({ metadataFields: ['told'] });
      await service.create({ session_id: 's' });
      const told = 'x'.repeat(60_000);
      const refused = async () => {
        for (let n = 0; n < 40; n++) await service.updateMetadata('s', { told, n });
      };
      await expect(refused()).rejects.toThrow('Too many notifications of the session wait');
      expect(await service.updateMetadata('s', { kept: 1 })).toHaveProperty('kept', 1);
    });
  });

  describe('the end of a session', () => {
    it('comes by itself, so long after its creation or its last change, with its messages', async () => {
      const { service, deletion, store } = await createSessions({
        expiry: { ttlMs: 10_000_000, idleTtlMs: 1_000_000 },
      });
      await service.create({ session_id: 's' });
      await service.putAgent('s', 'a', {});
      await service.appendMessages(
        's',
        'a',
        times(5, () => message('x'.repeat(30_000))),
      );
      await deletion.sweep(new Date(Date.now() + 900_000));
      expect((await service.get('s')).session_id).toBe('s');
      await deletion.sweep(new Date(Date.now() + 1_100_000));
      await expect(service.get('s')).rejects.toThrow(NotFoundException);
      expect(await store.collection(SESSIONS_COLLECTION).count({})).toBe(0);
      expect(await store.collection(MESSAGE_PAGES_COLLECTION).count({})).toBe(0);
    });
  });
});
