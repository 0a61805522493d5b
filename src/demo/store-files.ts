import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { CreateBucketCommand, GetObjectCommand } from '@aws-sdk/client-s3';
import { Command } from '../protocol/index.js';
import { dataOf, type DemoApi } from './demo.api.js';
import type { InputFile, InputFolder } from './input-files.js';
import { forEachConcurrently } from '../transport/for-each-concurrently.js';

export const CONTAINER = 'weft-demo';
const PIPELINE = 'weft-demo';
const STEPS_AT_ONCE = 50;
// Each pending Command holds its file in memory.
const FILES_AT_ONCE = 8;
const STEP_POLL_MS = 100;
/** If no step ends for this long, a message was lost. */
const STALLED_AFTER_MS = 60_000;

interface Step {
  readonly step_id: string;
  readonly step_name: string;
  readonly status: string;
}

const ENDED = new Set(['success', 'failed', 'skipped']);

/**
 * One job, a step for each file. Its ids follow from the input and from the job
 * that last ended, so that a run that was killed and its successor speak of the
 * same job, whatever was on its way when the first one died.
 */
export class StoreFiles {
  readonly #stepIds = new Map<string, InputFile>();
  readonly #copyId: string;

  private constructor(
    private readonly api: DemoApi,
    private readonly input: InputFolder,
    readonly jobId: string,
  ) {
    this.#copyId = `step-${hash(jobId, 'copy')}`;
    for (const file of input.files) this.#stepIds.set(`step-${hash(jobId, file.path)}`, file);
  }

  static async plan(api: DemoApi, input: InputFolder): Promise<StoreFiles> {
    const namespace = namespaceOf(input);
    const query = { pipeline: PIPELINE, namespace, status: 'success', limit: 1 };
    const { jobs } = dataOf<{ jobs: { job_id: string }[] }>(
      await api.registry('query_jobs', query),
    );
    return new StoreFiles(api, input, `job-${hash(namespace, jobs[0]?.job_id ?? 'first')}`);
  }

  /** Creates the job. True if an earlier run had created and not completed it. */
  async createJob(): Promise<boolean> {
    const created = await this.api.registry('create_job', {
      job_id: this.jobId,
      pipeline: PIPELINE,
      namespace: namespaceOf(this.input),
      parameters: { input: this.input.folder, files: this.input.files.length },
    });
    const resumed = created.errors[0] === `Job already exists: ${this.jobId}`;
    if (!resumed) dataOf(created);
    dataOf(await this.api.registry('update_job', { job_id: this.jobId, status: 'running' }));
    return resumed;
  }

  async addSteps(): Promise<number> {
    await forEachConcurrently([...this.#stepIds], STEPS_AT_ONCE, async ([stepId, { path }]) => {
      const added = await this.api.registry('add_step', {
        job_id: this.jobId,
        step_id: stepId,
        step_name: path,
        handler_type: 'storage',
        action: 'put_object',
        correlation_id: stepId,
      });
      if (added.errors[0] !== `Step already exists: ${stepId}`) dataOf(added);
    });
    return this.#stepIds.size;
  }

  /** Publishes a Command for each step that has not ended. */
  async publish(): Promise<number> {
    await this.api.service.aws.s3
      .send(new CreateBucketCommand({ Bucket: CONTAINER }))
      .catch((error: unknown) => {
        if (!(error instanceof Error) || error.name !== 'BucketAlreadyOwnedByYou') throw error;
      });
    const ended = new Set(
      (await this.#steps()).filter(({ status }) => ENDED.has(status)).map(({ step_id }) => step_id),
    );
    const open = [...this.#stepIds].filter(([stepId]) => !ended.has(stepId));
    await forEachConcurrently(open, FILES_AT_ONCE, async ([stepId, { file, path }]) => {
      const body = await readFile(file);
      await this.api.publish(
        new Command({
          type: 'storage',
          action: 'put_object',
          payload: { container: CONTAINER, path, body_base64: body.toString('base64') },
          correlation_id: stepId,
          job_id: this.jobId,
          step_id: stepId,
        }),
      );
    });
    return open.length;
  }

  /**
   * Waits until every step has ended.
   *
   * @throws {Error} if a step failed, or no further step ends.
   */
  async followResults(progress: (ended: number) => void): Promise<number> {
    let best = 0;
    let movedAt = performance.now();
    for (;;) {
      const steps = await this.#steps();
      const ended = steps.filter(({ status }) => ENDED.has(status));
      const failed = ended.find(({ status }) => status !== 'success');
      if (failed) throw new Error(`The step of ${failed.step_name} ended as ${failed.status}`);
      if (ended.length === this.#stepIds.size) return this.#confirm(steps);
      if (ended.length > best) [best, movedAt] = [ended.length, performance.now()];
      if (performance.now() - movedAt > STALLED_AFTER_MS) {
        throw new Error(
          `${this.#stepIds.size - ended.length} of ${this.#stepIds.size} steps have not ended`,
        );
      }
      progress(ended.length);
      await sleep(STEP_POLL_MS);
    }
  }

  /** Reads every object back. @throws {Error} naming the first one whose bytes differ. */
  async readBack(): Promise<number> {
    let bytes = 0;
    await forEachConcurrently(this.input.files, FILES_AT_ONCE, async ({ file, path }) => {
      const { Body: stored } = await this.api.service.aws.s3.send(
        new GetObjectCommand({ Bucket: CONTAINER, Key: path }),
      );
      const [is, wanted] = [
        Buffer.from((await stored?.transformToByteArray()) ?? []),
        await readFile(file),
      ];
      if (!is.equals(wanted))
        throw new Error(
          `${path} was read back with ${is.length} bytes that are not the ${wanted.length} stored`,
        );
      bytes += is.length;
    });
    return bytes;
  }

  /**
   * Copies one object in a second step, and queries the lineage of the copy: the registry must name both steps. Edges
   * that a killed run had not written follow when its claim ends, after half a minute.
   *
   * @throws {Error} when it does not.
   */
  async lineage(): Promise<string> {
    const [[firstId, first] = ['', undefined]] = this.#stepIds;
    const [source, target] = [first?.path ?? '', `copy-of/${first?.path ?? ''}`];
    await this.#copy(source, target);
    const query = `location=${encodeURIComponent(`${CONTAINER}/${target}`)}&direction=producers&depth=2`;
    await this.#waitUntil(
      `the lineage of ${target} to name ${firstId} and ${this.#copyId}`,
      async () => {
        const { graph } = await this.api.http<{ graph: { nodes: { step_id?: string }[] } }>(
          'GET',
          `/api/lineage?${query}`,
        );
        const steps = new Set(graph.nodes.map(({ step_id }) => step_id));
        return steps.has(firstId) && steps.has(this.#copyId);
      },
    );
    return `the copy of ${source} goes back to its file through two steps`;
  }

  async end(): Promise<void> {
    dataOf(await this.api.registry('update_job', { job_id: this.jobId, status: 'success' }));
  }

  async #copy(source: string, target: string): Promise<void> {
    const ids = { job_id: this.jobId, step_id: this.#copyId };
    const added = await this.api.registry('add_step', {
      ...ids,
      step_name: `copy of ${source}`,
      handler_type: 'storage',
      action: 'copy_object',
      correlation_id: this.#copyId,
    });
    if (added.errors[0] !== `Step already exists: ${this.#copyId}`) dataOf(added);
    await this.api.publish(
      new Command({
        type: 'storage',
        action: 'copy_object',
        payload: {
          source: { container: CONTAINER, path: source },
          target: { container: CONTAINER, path: target },
        },
        correlation_id: this.#copyId,
        ...ids,
      }),
    );
    await this.#waitUntil(`the step ${this.#copyId} to end`, async () => {
      const step = await this.api.http<Step>('GET', `/api/steps/${this.#copyId}`);
      if (ENDED.has(step.status) && step.status !== 'success') {
        throw new Error(`The step ${step.step_name} is ${step.status}`);
      }
      return step.status === 'success';
    });
  }

  async #waitUntil(what: string, holds: () => Promise<boolean>): Promise<void> {
    const endMs = performance.now() + STALLED_AFTER_MS;
    while (!(await holds())) {
      if (performance.now() > endMs) {
        throw new Error(`Waited ${STALLED_AFTER_MS / 1000} s for ${what}`);
      }
      await sleep(STEP_POLL_MS);
    }
  }

  /** Every step once, and no other. */
  #confirm(steps: readonly Step[]): number {
    const strange = steps.filter(({ step_id }) => !this.#stepIds.has(step_id));
    if (strange.length > 0 || steps.length !== this.#stepIds.size) {
      throw new Error(
        `${this.jobId} has ${steps.length} steps, ${this.#stepIds.size} were made; unknown: ${strange.length}`,
      );
    }
    return steps.length;
  }

  async #steps(): Promise<readonly Step[]> {
    const path = `/api/jobs/${this.jobId}/steps`;
    const { steps } = await this.api.http<{ steps: Step[] }>('GET', path);
    // The copy comes from an earlier run that was not completed.
    return steps.filter(({ step_id }) => step_id !== this.#copyId);
  }
}

const namespaceOf = ({ folder }: InputFolder): string => `demo-${hash(folder, '')}`;

/** 12 hex digits, as the registry's own ids have. */
const hash = (...parts: readonly string[]): string =>
  createHash('sha256').update(parts.join('\n')).digest('hex').slice(0, 12);
