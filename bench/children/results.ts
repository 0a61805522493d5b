import { once } from 'node:events';
import { createDocumentStore, type DocumentStore } from '../../src/platform/persistence/index.js';
import { Outbox } from '../../src/platform/outbox/index.js';
import { Result } from '../../src/protocol/index.js';
import { JobLists } from '../../src/features/registry/job.lists.js';
import { JobsService } from '../../src/features/registry/jobs.service.js';
import { EdgesRepository } from '../../src/features/registry/lineage/edges.repository.js';
import { LineageWriter } from '../../src/features/registry/lineage/lineage.writer.js';
import { RegistryRepository } from '../../src/features/registry/registry.repository.js';
import { ResultsService } from '../../src/features/registry/results.service.js';
import { StepReferences } from '../../src/features/registry/step.references.js';
import { StepsService } from '../../src/features/registry/steps.service.js';

export interface ResultsAssignment {
  /** Where the embedded store has its files; with `uri` MongoDB's wire instead. */
  readonly documentsDir: string;
  readonly uri?: string;
  readonly results: number;
  /** How many are taken in at once. */
  readonly receives: readonly number[];
}

/** What one Result costs. */
export interface ResultsCost {
  readonly receive: number;
  readonly calls: number;
  readonly cpuUs: number;
  readonly us: number;
}

let calls = 0;

/** The store, whose calls are counted. */
const counted = <T extends object>(target: T, isStore: boolean): T =>
  new Proxy(target, {
    get(_, key) {
      const value: unknown = Reflect.get(target, key);
      if (typeof value !== 'function') return value;
      return (...args: unknown[]): unknown => {
        const answer: unknown = value.apply(target, args);
        if (!isStore) calls += 1;
        return isStore && key === 'collection' ? counted(answer as object, false) : answer;
      };
    },
  });

const storeOf = ({ uri, documentsDir }: ResultsAssignment): Promise<DocumentStore> =>
  createDocumentStore(
    uri === undefined
      ? { kind: 'embedded', documentsDir }
      : { kind: 'mongodb', uri, databaseName: `weft-bench-${process.pid}` },
  );

const [assignment] = (await once(process, 'message')) as [ResultsAssignment];
const own = await storeOf(assignment);
const store = counted(own, true);
const outbox = new Outbox(store);
const repository = new RegistryRepository(store, outbox);
const references = new StepReferences(store);
const writer = new LineageWriter(repository, references, new EdgesRepository(store), outbox);
const service = new ResultsService(repository, references, writer);
const steps = new StepsService(repository, references, writer);
await own.open();
await new JobsService(repository, new JobLists(store)).create(
  { pipeline: 'bench', job_id: 'job' },
  'bench',
);

const costs: ResultsCost[] = [];
// The first way is done twice, and counted the second time: by then its code is compiled.
for (const [way, receive] of [1, ...assignment.receives].entries()) {
  const results: Result[] = [];
  for (let n = 0; n < assignment.results; n++) {
    const step_id = `step-${way}-${n}`;
    const names = { step_name: 'load', handler_type: 'storage', action: 'put_object' };
    await steps.add({ job_id: 'job', step_id, ...names }, step_id);
    results.push(Result.success({ correlation_id: step_id, job_id: 'job', step_id, data: {} }));
  }
  calls = 0;
  const cpuBefore = process.cpuUsage();
  const startedMs = performance.now();
  for (let from = 0; from < results.length; from += receive) {
    const outcomes = await service.recordAll(results.slice(from, from + receive));
    const failed = outcomes.find((outcome) => 'error' in outcome);
    if (failed) throw new Error('A Result was not written', { cause: failed });
  }
  const us = (performance.now() - startedMs) * 1000;
  const { user, system } = process.cpuUsage(cpuBefore);
  const each = (sum: number): number => sum / results.length;
  costs.push({ receive, calls: each(calls), cpuUs: each(user + system), us: each(us) });
}
await own.close();
process.send?.(costs.slice(1));
