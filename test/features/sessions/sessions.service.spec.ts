import { describe, expect, it } from '@jest/globals';
import { ConflictException, NotFoundException } from '@nestjs/common';
import { SESSIONS_COLLECTION } from '../../../src/features/sessions/session.document.js';
import type { SessionView } from '../../../src/features/sessions/sessions.dto.js';
import { ValidationFailedError } from '../../../src/transport/errors/index.js';
import { isViewerPassword } from '../../../src/features/sessions/viewer-password.js';
import { createSessions } from './sessions.fixture.js';

const times = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => make(index));

describe('SessionsService', () => {
  describe('create', () => {
    it('answers a new session with its password, and keeps only the hash', async () => {
      const { service, store } = createSessions();
      const { created, session } = await service.create({
        session_id: 'user-session-123',
        application_name: 'support',
        session_type: 'chat',
        metadata: { status: 'new' },
      });
      expect(created).toBe(true);
      expect(session).toEqual({
        session_id: 'user-session-123',
        application_name: 'support',
        session_type: 'chat',
        created_at: expect.stringMatching(/^\d{4}-.*\+00:00$/),
        updated_at: session.created_at,
        metadata: { status: 'new' },
        session_viewer_password: expect.stringMatching(/^[\w-]{32}$/),
      });
      const document = await store.collection(SESSIONS_COLLECTION).findOne({});
      const password = 'session_viewer_password' in session ? session.session_viewer_password : '';
      expect(JSON.stringify(document)).not.toContain(password);
      expect(isViewerPassword(password, document?.session_viewer_password_hash)).toBe(true);
      expect(isViewerPassword(`${password}x`, document?.session_viewer_password_hash)).toBe(false);
      expect(document).toMatchObject({ feedbacks: [], guardrail_events: [], agents: {} });
      expect(await service.get('user-session-123')).not.toHaveProperty('session_viewer_password');
    });

    it('answers an existing id with the session as it is, and no password', async () => {
      const { service } = createSessions();
      const first = await service.create({ session_id: 's', application_name: 'a' });
      const again = { session_id: 's', application_name: 'b', metadata: { x: 1 } };
      const { created, session } = await service.create(again);
      expect(created).toBe(false);
      expect(session).toEqual(await service.get('s'));
      expect(session.created_at).toBe(first.session.created_at);
      expect(session).toMatchObject({ application_name: 'a', metadata: {} });
    });

    it('makes one session of many requests at once for an id', async () => {
      const { service } = createSessions();
      const all = await Promise.all(times(20, () => service.create({ session_id: 's' })));
      expect(all.filter(({ created }) => created)).toHaveLength(1);
    });

    it('makes up an id when none is given, and all else is optional', async () => {
      const { service } = createSessions();
      const { session } = await service.create({ session_id: null, metadata: null });
      expect(session.session_id).toMatch(/^[0-9a-f-]{36}$/);
      expect(session).toMatchObject({ application_name: null, session_type: null, metadata: {} });
    });

    it('stores nothing of a request with unsafe metadata', async () => {
      const { service } = createSessions();
      const metadata = JSON.parse('{"__proto__": {"admin": true}}');
      await expect(service.create({ session_id: 's', metadata })).rejects.toThrow('"__proto__"');
      await expect(service.get('s')).rejects.toThrow(NotFoundException);
    });
  });

  describe('list', () => {
    it('gives every session once, newest first, page by page', async () => {
      const { service } = createSessions();
      for (const index of times(7, (n) => n)) await service.create({ session_id: `s${index}` });
      const seen: SessionView[] = [];
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
      const { service } = createSessions();
      await service.create({ session_id: 'a', application_name: 'one' });
      await service.create({ session_id: 'b', application_name: 'two' });
      const page = await service.list({ applicationName: 'two', limit: 10, cursor: undefined });
      expect(page.sessions).toEqual([await service.get('b')]);
      expect(page.next_cursor).toBeNull();
    });

    it.each(['', 'x', 'bm90IGpzb24', Buffer.from('["2026",{"$ne":1}]').toString('base64url')])(
      'refuses the cursor %j',
      async (cursor) => {
        const { service } = createSessions();
        await expect(
          service.list({ applicationName: undefined, limit: 1, cursor }),
        ).rejects.toThrow(ValidationFailedError);
      },
    );
  });

  it('deletes a session with all it holds', async () => {
    const { service } = createSessions();
    await service.create({ session_id: 's' });
    await service.remove('s');
    await expect(service.get('s')).rejects.toThrow(NotFoundException);
    await expect(service.remove('s')).rejects.toThrow('Session not found: s');
  });

  describe('metadata', () => {
    it('merges keys, replaces values whole, and tells each change with the next number', async () => {
      const { service, client } = createSessions();
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
      expect(client.sent.map(({ pattern }) => pattern)).toEqual([
        'session.metadata_update',
        'session.metadata_update',
      ]);
      expect(client.metadata).toMatchObject([
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

    it('tells only the listed fields, and nothing when none of them changed', async () => {
      const { service, client } = createSessions({ metadataFields: ['status', 'priority'] });
      await service.create({ session_id: 's' });
      await service.updateMetadata('s', { internal: 1 });
      await service.updateMetadata('s', { status: 'on', internal: 2 });
      await service.deleteMetadata('s', ['internal']);
      await service.deleteMetadata('s', ['internal', 'priority']);
      expect(client.metadata.map(({ metadata, sequence }) => ({ metadata, sequence }))).toEqual([
        { metadata: { status: 'on' }, sequence: 1 },
        { metadata: { priority: null }, sequence: 2 },
      ]);
    });

    it('tells nothing when there is no queue, and of an empty change', async () => {
      const off = createSessions({ metadataQueueUrl: 'none' });
      await off.service.create({ session_id: 's' });
      await off.service.updateMetadata('s', { a: 1 });
      expect(off.client.sent).toEqual([]);
      const on = createSessions();
      await on.service.create({ session_id: 's', metadata: { a: 1 } });
      expect(await on.service.updateMetadata('s', {})).toEqual({ a: 1 });
      expect(on.client.sent).toEqual([]);
    });

    it('loses no key and gives no number twice under concurrent writers', async () => {
      const { service, client } = createSessions();
      await service.create({ session_id: 's' });
      await Promise.all(times(100, (n) => service.updateMetadata('s', { [`k${n}`]: n, last: n })));
      expect(Object.keys(await service.metadata('s'))).toHaveLength(101);
      const sequences = client.metadata.map(({ sequence }) => sequence);
      expect(sequences.toSorted((a, b) => a - b)).toEqual(times(100, (n) => n + 1));
      const newest = client.metadata.find(({ sequence }) => sequence === 100);
      expect((await service.metadata('s'))['last']).toBe(newest?.metadata['last']);
    });

    it('counts what is there, not what was ever written, against the limits', async () => {
      const { service } = createSessions();
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
      const { service } = createSessions();
      await service.create({ session_id: 's' });
      const key = (n: number) => Object.fromEntries(times(10, (i) => [`k${n}-${i}`, 1]));
      const results = await Promise.allSettled(
        times(40, (n) => service.updateMetadata('s', key(n))),
      );
      expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(25);
      expect(Object.keys(await service.metadata('s'))).toHaveLength(250);
      expect(await service.updateMetadata('s', key(0))).toHaveProperty('k0-0', 1);
    });

    it.each(['{"__proto__": 1}', '{"$where": "1"}', '{"a.b": 1}', '{"constructor": 1}', '[]'])(
      'stores and tells nothing of %s',
      async (json) => {
        const { service, client } = createSessions();
        await service.create({ session_id: 's' });
        const before = await service.get('s');
        await expect(service.updateMetadata('s', JSON.parse(json))).rejects.toThrow(
          ValidationFailedError,
        );
        expect(await service.get('s')).toEqual(before);
        expect(client.sent).toEqual([]);
      },
    );

    it('is of a session that exists', async () => {
      const { service, client } = createSessions();
      await expect(service.updateMetadata('s', { a: 1 })).rejects.toThrow(NotFoundException);
      await expect(service.deleteMetadata('s', ['a'])).rejects.toThrow(NotFoundException);
      await expect(service.metadata('a\nb')).rejects.toThrow(ValidationFailedError);
      expect(client.sent).toEqual([]);
    });
  });

  describe('feedback', () => {
    it('is kept in order, told to the topic of its rating, and counted', async () => {
      const { service, client } = createSessions();
      await service.create({ session_id: 's' });
      await service.addFeedback('s', { rating: 'up' });
      await service.addFeedback('s', { rating: 'down', comment: 'incomplete' });
      const last = await service.addFeedback('s', { comment: 'just saving' });
      expect(last).toEqual({
        rating: null,
        comment: 'just saving',
        created_at: expect.any(String),
      });
      expect(client.sent).toEqual([
        {
          pattern: 'session.feedback.positive',
          data: { session_id: 's', rating: 'positive', comment: null },
        },
        {
          pattern: 'session.feedback.negative',
          data: { session_id: 's', rating: 'negative', comment: 'incomplete' },
        },
        {
          pattern: 'session.feedback.neutral',
          data: { session_id: 's', rating: 'neutral', comment: 'just saving' },
        },
      ]);
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

    it('of a rating whose topic is none is stored and not told', async () => {
      const { service, client } = createSessions({
        feedbackTopics: { good: 'none', bad: 'feedback-bad', neutral: 'none' },
      });
      await service.create({ session_id: 's' });
      await service.addFeedback('s', { rating: 'up' });
      await service.addFeedback('s', { rating: null });
      await service.addFeedback('s', { rating: 'down', comment: 'c' });
      expect(client.sent.map(({ pattern }) => pattern)).toEqual(['session.feedback.negative']);
      expect((await service.feedbackStats('s')).total_feedbacks).toBe(3);
    });

    it('is refused once the session has a thousand, and not told', async () => {
      const { service, client, store } = createSessions();
      await service.create({ session_id: 's' });
      const feedbacks = times(999, () => ({ rating: null, comment: null, created_at: 'now' }));
      await store.collection(SESSIONS_COLLECTION).updateOne({ _id: 's' }, { $set: { feedbacks } });
      const both = [service.addFeedback('s', {}), service.addFeedback('s', {})];
      const results = await Promise.allSettled(both);
      expect(results.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
      await expect(service.addFeedback('s', {})).rejects.toThrow(ConflictException);
      expect((await service.feedbackStats('s')).total_feedbacks).toBe(1000);
      expect(client.sent).toHaveLength(1);
    });

    it('is of a session that exists', async () => {
      const { service } = createSessions();
      await expect(service.addFeedback('s', {})).rejects.toThrow(NotFoundException);
      await expect(service.feedbacks('s', 1)).rejects.toThrow(NotFoundException);
      await expect(service.feedbackStats('s')).rejects.toThrow(NotFoundException);
    });
  });
});
