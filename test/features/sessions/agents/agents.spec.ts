import { ConflictException, NotFoundException } from '@nestjs/common';
import { describe, expect, it } from '@jest/globals';
import { ValidationFailedError } from '../../../../src/transport/errors/index.js';
import { createSessions, message, times } from '../sessions.fixture.js';

const session = async () => {
  const sessions = await createSessions();
  await sessions.service.create({ session_id: 's' });
  return sessions.service;
};

describe('An agent of a session', () => {
  it('is kept as it was given, with fields and keys that nobody knows', async () => {
    const service = await session();
    const data = JSON.parse(
      '{"state":{"a.b":{"$c":[1,null]},"__proto__":{"x":1}},"model":"m","unheard_of":true}',
    );
    const { created, agent } = await service.putAgent('s', 'agent.one', data);
    expect({ created }).toEqual({ created: true });
    expect(agent).toEqual({
      agent_id: 'agent.one',
      agent_data: data,
      created_at: expect.any(String),
      updated_at: agent.created_at,
      message_count: 0,
    });
    expect(JSON.stringify((await service.agent('s', 'agent.one')).agent_data)).toBe(
      JSON.stringify(data),
    );
  });

  it('keeps its time of creation, its messages and the metadata of its prompt when it is put again', async () => {
    const service = await session();
    const first = await service.putAgent('s', 'a', { model: 'm', prompt_metadata: { v: 1 } });
    await service.appendMessages('s', 'a', [message('hello')]);
    const { created, agent } = await service.putAgent('s', 'a', { model: 'n' });
    expect({ created }).toEqual({ created: false });
    expect(agent).toMatchObject({
      agent_data: { model: 'n', prompt_metadata: { v: 1 } },
      created_at: first.agent.created_at,
      message_count: 1,
    });
    const replaced = await service.putAgent('s', 'a', { prompt_metadata: null });
    expect(replaced.agent.agent_data).toEqual({ prompt_metadata: null });
  });

  it('has a configuration that is changed field by field', async () => {
    const service = await session();
    await service.putAgent('s', 'a', { model: 'm', state: { x: 1 } });
    expect(await service.updateAgentConfig('s', 'a', { system_prompt: 'Be kind' })).toEqual({
      model: 'm',
      system_prompt: 'Be kind',
      prompt_metadata: null,
    });
    expect((await service.agent('s', 'a')).agent_data).toEqual({
      model: 'm',
      state: { x: 1 },
      system_prompt: 'Be kind',
    });
  });

  it('is listed with the others, and moves the session’s updated_at', async () => {
    const service = await session();
    const before = await service.get('s');
    await service.putAgent('s', 'b', {});
    await service.putAgent('s', 'a', {});
    expect((await service.agents('s')).map(({ agent_id }) => agent_id)).toEqual(['b', 'a']);
    const after = await service.get('s');
    expect(Object.keys(after.agents)).toEqual(['b', 'a']);
    expect([after.updated_at, before.updated_at].toSorted()[1]).toBe(after.updated_at);
    expect(after.updated_at).not.toBe(before.updated_at);
  });

  it('is not made by asking for it, changing it or writing to it', async () => {
    const service = await session();
    await expect(service.agent('s', 'a')).rejects.toThrow('Agent not found: a');
    await expect(service.updateAgentConfig('s', 'a', { model: 'm' })).rejects.toThrow(
      NotFoundException,
    );
    await expect(service.appendMessages('s', 'a', [message('x')])).rejects.toThrow(
      NotFoundException,
    );
    await expect(service.putAgent('other', 'a', {})).rejects.toThrow('Session not found: other');
    expect(await service.agents('s')).toEqual([]);
  });

  it('is refused when there are 32, and the others stay', async () => {
    const service = await session();
    for (const n of times(32, (index) => index)) await service.putAgent('s', `a${n}`, {});
    await expect(service.putAgent('s', 'one more', {})).rejects.toThrow(ConflictException);
    await service.putAgent('s', 'a0', { model: 'again' });
    expect(await service.agents('s')).toHaveLength(32);
  });

  it.each([
    ['a\nb', {}],
    ['x'.repeat(129), {}],
    ['a', []],
    ['a', null],
    ['a', { agent_id: 'another' }],
    ['a', { text: 'x'.repeat(33_000) }],
    ['a', JSON.parse(`{"deep": ${'['.repeat(100)}${']'.repeat(100)}}`)],
    ['a', JSON.parse('{"n": 1e999}')],
  ])('is refused with the id %j and the data %j', async (id, data) => {
    const service = await session();
    await expect(service.putAgent('s', id, data)).rejects.toThrow(ValidationFailedError);
    expect(await service.agents('s')).toEqual([]);
  });

  it.each(['toString', 'valueOf', 'hasOwnProperty', 'isPrototypeOf'])(
    'is not there before it is put, also when it is called %s as a method of every object',
    async (id) => {
      const service = await session();
      await expect(service.agent('s', id)).rejects.toThrow(NotFoundException);
      await expect(service.updateAgentConfig('s', id, { model: 'm' })).rejects.toThrow(
        NotFoundException,
      );
      await expect(service.appendMessages('s', id, [message('hello')])).rejects.toThrow(
        NotFoundException,
      );
      await expect(service.messages('s', id, { last: 1 })).rejects.toThrow(NotFoundException);
      await expect(service.popMessage('s', id)).rejects.toThrow(NotFoundException);
      await expect(
        service.fork('s', { sessionId: undefined, at: { agentId: id, messageId: 0 } }),
      ).rejects.toThrow(NotFoundException);
      const { created, agent } = await service.putAgent('s', id, { model: 'm' });
      expect({ created, id: agent.agent_id }).toEqual({ created: true, id });
      await service.appendMessages('s', id, [message('hello')]);
      expect(await service.agents('s')).toMatchObject([{ agent_id: id, message_count: 1 }]);
    },
  );

  it.each([[{}], [{ state: {} }], [[]], [{ model: 'm', other: 1 }]])(
    'takes no configuration %j',
    async (change) => {
      const service = await session();
      await service.putAgent('s', 'a', {});
      await expect(service.updateAgentConfig('s', 'a', change)).rejects.toThrow(
        ValidationFailedError,
      );
    },
  );
});
