import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { Result, type JsonObject } from '../../../src/protocol/index.js';
import { SqliteStore } from '../../../src/platform/persistence/sqlite/sqlite.store.js';
import { RegistryFixture } from './registry.fixture.js';

type Message =
  | { readonly kind: 'result'; readonly status: 'success' | 'error' | 'pending' }
  | { readonly kind: 'update'; readonly status: string }
  | { readonly kind: 'add' };

const message: fc.Arbitrary<Message> = fc.oneof(
  fc.record({
    kind: fc.constant('result' as const),
    status: fc.constantFrom('success' as const, 'error' as const, 'pending' as const),
  }),
  fc.record({
    kind: fc.constant('update' as const),
    status: fc.constantFrom('pending', 'running', 'success', 'failed', 'skipped'),
  }),
  fc.record({ kind: fc.constant('add' as const) }),
);

const TERMINAL = new Set(['success', 'failed', 'skipped']);
const MEANS: Readonly<Record<string, string>> = {
  success: 'success',
  error: 'failed',
  pending: 'running',
};

describe('the end of a step', () => {
  it('is the first that came, whatever four processes are told afterwards, in any order and any number of times', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(3), message), { minLength: 1, maxLength: 14 }),
        fc.scheduler(),
        async (told, scheduler) => {
          const store = new SqliteStore();
          const processes = Array.from({ length: 4 }, () => new RegistryFixture(store));
          const [first] = processes;
          if (first === undefined) throw new Error('no process');
          await first.withStep();
          const ends: string[] = [];
          const watch = async (): Promise<void> => {
            const { status } = await first.step('s');
            if (TERMINAL.has(String(status)) && ends.at(-1) !== status) ends.push(String(status));
          };
          const tell = async (process: number, one: Message, n: number): Promise<void> => {
            const registry = processes[process] ?? first;
            const by = `c-${n % 3}`;
            try {
              if (one.kind === 'add') await registry.addStep('s');
              else if (one.kind === 'update') {
                await registry.run('update_step', { step_id: 's', status: one.status }, by);
              } else {
                const { status } = one;
                const errors = status === 'error' ? ['no'] : [];
                await registry.record(
                  new Result({ status, correlation_id: by, step_id: 's', errors }),
                );
              }
            } catch {
              // Refused: what matters is what the step is afterwards.
            }
            await watch();
          };
          const all = told.map(([process, one], n) =>
            scheduler.schedule(Promise.resolve(), `${n}`).then(() => tell(process, one, n)),
          );
          await scheduler.waitFor(Promise.all(all));
          expect(ends.length).toBeLessThanOrEqual(1);
          const told1 = told.map(([, one]) => one);
          const anyEnd = told1.some(
            (one) => one.kind !== 'add' && TERMINAL.has(MEANS[one.status] ?? one.status),
          );
          const step: JsonObject = await first.step('s');
          expect({
            ended: TERMINAL.has(String(step['status'])),
            dated: step['completed_at'] !== null,
          }).toEqual({ ended: anyEnd, dated: anyEnd });
          await Promise.all(processes.map(({ outbox }) => outbox.flush()));
          const completed = processes
            .flatMap(({ events }) => events)
            .filter(({ type }) => type === 'registry.step_completed');
          expect(completed.map(({ payload }) => payload['status'])).toEqual(ends);
          await store.close();
        },
      ),
      { numRuns: 60 },
    );
  });
});
