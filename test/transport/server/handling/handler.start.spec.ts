import { SetMetadata } from '@nestjs/common';
import { describe, expect, it } from '@jest/globals';
import { NotRunError } from '../../../../src/transport/errors/index.js';
import {
  HandlerStart,
  lookBefore,
} from '../../../../src/transport/server/handling/handler.start.js';

const context = {};
const held = (): boolean => true;
const lost = (): boolean => false;

/** Held when the pipeline is entered, and as the test says from then on. */
function lease() {
  let holds = true;
  return { holds: () => holds, lose: () => void (holds = false) };
}

function controller() {
  const calls: unknown[][] = [];
  class Jobs {
    constructor(readonly name = 'jobs') {}

    run(...given: readonly unknown[]): string {
      calls.push([...given]);
      return this.name;
    }

    other(): string {
      return `other ${this.name}`;
    }
  }
  lookBefore([
    { prototype: Jobs.prototype, method: 'run' },
    { prototype: Jobs.prototype, method: 'other' },
  ]);
  return { Jobs, jobs: new Jobs(), calls };
}

describe('A handler’s method', () => {
  it('runs as ever outside of any start', () => {
    const { jobs, calls } = controller();
    expect(jobs.run(1, 2)).toBe('jobs');
    expect(calls).toEqual([[1, 2]]);
  });

  it('runs while the lease is held, and gives what it gives', async () => {
    const { jobs, calls } = controller();
    const start = new HandlerStart(context, held);
    expect(await start.run(() => jobs.run('data', context))).toBe('jobs');
    expect(calls).toEqual([['data', context]]);
    expect({ refused: start.refused }).toEqual({ refused: false });
  });

  it('is not reached where the lease was lost before the pipeline', async () => {
    const { jobs, calls } = controller();
    const start = new HandlerStart(context, lost);
    await expect(start.run(() => jobs.run(context))).rejects.toThrow(NotRunError);
    expect(calls).toEqual([]);
  });

  it.each([[[{ data: true }, context]], [[{ data: true }]], [[]]])(
    'given %j does not run where the lease was lost on the way to it',
    async (given) => {
      const { jobs, calls } = controller();
      const { holds, lose } = lease();
      const start = new HandlerStart(context, holds);
      const pipeline = async (): Promise<unknown> => {
        await Promise.resolve();
        lose();
        return jobs.run(...given);
      };
      await expect(start.run(pipeline)).rejects.toThrow(
        'The lease was lost before the handler began',
      );
      expect(calls).toEqual([]);
      expect({ refused: start.refused }).toEqual({ refused: true });
    },
  );

  it('looks at the lease of its own message where another message’s turn calls it', async () => {
    const { jobs, calls } = controller();
    const { holds, lose } = lease();
    const own = {};
    const theirs = new HandlerStart({}, held);
    const { promise: called, resolve: call } = Promise.withResolvers<void>();
    const ours = new HandlerStart(own, holds).run(() => called);
    lose();
    const turn = theirs.run(async () => {
      expect(() => jobs.run(own)).toThrow(NotRunError);
      call();
      return 'theirs';
    });
    expect(await turn).toBe('theirs');
    await expect(ours).rejects.toThrow(NotRunError);
    expect(calls).toEqual([]);
  });

  it('that was kept from running has not succeeded, whatever is made of its error', async () => {
    const { jobs } = controller();
    const { holds, lose } = lease();
    const start = new HandlerStart(context, holds);
    const swallowed = async (): Promise<unknown> => {
      lose();
      try {
        return jobs.run(context);
      } catch {
        return await Promise.resolve('swallowed');
      }
    };
    await expect(start.run(swallowed)).rejects.toThrow(NotRunError);
    expect(() => start.assertBegun()).toThrow(NotRunError);
  });

  it('looks again when an interceptor calls it a second time', async () => {
    const { jobs, calls } = controller();
    const { holds, lose } = lease();
    const start = new HandlerStart(context, holds);
    const twice = async (): Promise<unknown> => {
      jobs.run(context);
      await Promise.resolve();
      lose();
      return jobs.run(context);
    };
    await expect(start.run(twice)).rejects.toThrow(NotRunError);
    expect(calls).toHaveLength(1);
  });

  it('may call another handler’s method after its lease was lost, as that is no start', async () => {
    const { jobs } = controller();
    const { holds, lose } = lease();
    const calling = async (): Promise<string> => {
      jobs.run(context);
      await Promise.resolve();
      lose();
      return jobs.other();
    };
    expect(await new HandlerStart(context, holds).run(calling)).toBe('other jobs');
  });
});

const Mark = (value: string): MethodDecorator => SetMetadata('mark', value);

const methodOf = ({ prototype }: { readonly prototype: object }, name: string): object =>
  Reflect.get(prototype, name) as object;

describe('A method that looks at its lease', () => {
  class Base {
    @Mark('inherited')
    inherited(_one: unknown, _two: unknown): string {
      return 'base';
    }
  }
  class Derived extends Base {
    @Mark('own')
    own(): string {
      return super.inherited(1, 2);
    }
  }
  const handlers = ['inherited', 'own'].map((method) => ({ prototype: Derived.prototype, method }));
  lookBefore(handlers);

  it.each([
    ['inherited', 2],
    ['own', 0],
  ])('keeps its name, its length and its metadata: %s', (name, length) => {
    const method = methodOf(Derived, name);
    expect([Reflect.get(method, 'name'), Reflect.get(method, 'length')]).toEqual([name, length]);
    expect(Reflect.getMetadata('mark', method)).toBe(name);
  });

  it('stays where it was declared', () => {
    expect({ isOwn: Object.hasOwn(Derived.prototype, 'inherited') }).toEqual({ isOwn: false });
    expect(Object.keys(Object.getOwnPropertyDescriptors(Base.prototype))).toEqual([
      'constructor',
      'inherited',
    ]);
    expect(new Derived().own()).toBe('base');
  });

  it.each(['inherited', 'own'])(
    'is the same one however often it is asked for, such as by a second server: %s',
    (name) => {
      const method = methodOf(Derived, name);
      lookBefore(handlers);
      expect(methodOf(Derived, name)).toBe(method);
    },
  );

  it('is left as it is on a frozen prototype, and where there is none', () => {
    class Frozen {
      run(): string {
        return 'frozen';
      }
    }
    Object.freeze(Frozen.prototype);
    const method = methodOf(Frozen, 'run');
    lookBefore(['run', 'missing'].map((name) => ({ prototype: Frozen.prototype, method: name })));
    expect(methodOf(Frozen, 'run')).toBe(method);
  });
});
