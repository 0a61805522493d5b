import { Injectable } from '@nestjs/common';
import { pushing } from '../../platform/outbox/index.js';
import type { Update } from '../../platform/persistence/index.js';
import type { Result } from '../../protocol/index.js';
import { RetryableError } from '../../transport/errors/index.js';
import { changeOf, isTerminal } from './lifecycle.js';
import { storedExecutions, storedReferences } from './lineage-records.js';
import { LineageWriter } from './lineage/lineage.writer.js';
import { MAX_ERROR_TEXT_LENGTH } from './registry.constants.js';
import type { StepDocument, Tracked } from './registry.documents.js';
import { ForeignResultError } from './registry.errors.js';
import { RegistryRepository } from './registry.repository.js';
import { announceStep, changesLineage } from './step.announcement.js';
import { StepReferences } from './step.references.js';

/** The outcome of a recorded Result. */
export type RecordedResult =
  | { correlation_id: string; action: 'skipped'; reason: 'no_step_id' }
  | { correlation_id: string; step_id: string; action: 'updated'; status: string };

/** The outcome of one Result of several. */
export type ResultOutcome = { readonly recorded: RecordedResult } | { readonly error: unknown };

interface StepResult {
  /** Its position among the given Results. */
  readonly at: number;
  readonly stepId: string;
  readonly result: Result;
}

interface StepChange extends StepResult {
  readonly change: Update<Tracked>;
  readonly status: string;
  /** Whether the change affects the step's edges. */
  readonly tracesLineage: boolean;
}

const STATUS_OF_RESULT = { success: 'success', error: 'failed', pending: 'running' } as const;

/** Applies handlers' Results to their steps. */
@Injectable()
export class ResultsService {
  constructor(
    private readonly repository: RegistryRepository,
    private readonly references: StepReferences,
    private readonly lineage: LineageWriter,
  ) {}

  /**
   * @throws {RetryableError} if the step does not exist (yet).
   * @throws {ForeignResultError} if the Result does not belong to the step it names.
   */
  async record(result: Result): Promise<RecordedResult> {
    const [outcome] = await this.recordAll([result]);
    if (outcome === undefined) throw new Error('A Result has no outcome');
    if ('error' in outcome) throw outcome.error;
    return outcome.recorded;
  }

  /**
   * Records many Results with few calls to the store: one reads their steps, one changes them, and a third is needed
   * only if steps have ended meanwhile. Each Result fails by itself.
   *
   * An ended step is left unchanged, so that a duplicate or late Result changes nothing.
   */
  async recordAll(results: readonly Result[]): Promise<ResultOutcome[]> {
    const outcomes: ResultOutcome[] = [];
    let left: StepResult[] = [];
    for (const [at, result] of results.entries()) {
      const { correlation_id, step_id: stepId } = result;
      if (stepId !== null && stepId !== '') left.push({ at, stepId, result });
      else outcomes[at] = { recorded: { correlation_id, action: 'skipped', reason: 'no_step_id' } };
    }
    // Results of one step are applied in order, one in each round.
    while (left.length > 0) {
      const round = firstOfEachStep(left);
      for (const [at, outcome] of await this.#recordRound(round)) outcomes[at] = outcome;
      left = left.filter((one) => !round.includes(one));
    }
    return outcomes;
  }

  async #recordRound(round: readonly StepResult[]): Promise<Map<number, ResultOutcome>> {
    const outcomes = new Map<number, ResultOutcome>();
    const steps = await this.repository.findSteps(round.map(({ stepId }) => stepId));
    const changes: StepChange[] = [];
    for (const one of round) {
      try {
        const change = await this.#changeOf(one, stepOf(one, steps));
        if (typeof change === 'string') outcomes.set(one.at, updated(one, change));
        else changes.push(change);
      } catch (error) {
        outcomes.set(one.at, { error });
      }
    }
    if (changes.length === 0) return outcomes;
    const ids = changes.map(({ stepId }) => stepId);
    const changed = await this.repository.changeSteps(
      changes.map(({ stepId: id, change }) => ({ id, change })),
    );
    const others = changed < changes.length ? await this.repository.findSteps(ids) : undefined;
    for (const one of changes) {
      const status = others?.get(one.stepId)?.status ?? one.status;
      outcomes.set(one.at, updated(one, status));
    }
    const traced = changes.filter(({ tracesLineage }) => tracesLineage);
    await Promise.all(traced.map(({ stepId }) => this.lineage.settled(stepId)));
    return outcomes;
  }

  /** The change a Result makes to its step; the step's status if it has ended and is left unchanged. */
  async #changeOf(one: StepResult, step: StepDocument): Promise<StepChange | string> {
    if (isTerminal(step.status)) return step.status;
    const { result } = one;
    const { duration_ms, errors, inputs, outputs, executions, correlation_id } = result;
    const status = STATUS_OF_RESULT[result.status];
    const { change, after } = changeOf(step, {
      status,
      fields: {
        duration_ms,
        ...(result.status === 'error' && {
          error: errors.join('; ').slice(0, MAX_ERROR_TEXT_LENGTH),
        }),
        ...(inputs.length > 0 &&
          (await this.references.fields('inputs', storedReferences(inputs)))),
        ...(outputs.length > 0 &&
          (await this.references.fields('outputs', storedReferences(outputs)))),
        ...(executions.length > 0 && { executions: storedExecutions(executions) }),
      },
      by: correlation_id,
    });
    const entries = announceStep(step, after, correlation_id);
    const tracesLineage = changesLineage(entries);
    return { ...one, change: { ...change, ...pushing(...entries) }, status, tracesLineage };
  }
}

/**
 * @throws {RetryableError} if there is no such step: the Result may have overtaken add_step.
 * @throws {ForeignResultError} when the Result is of another step.
 */
function stepOf(
  { stepId, result }: StepResult,
  steps: ReadonlyMap<string, StepDocument>,
): StepDocument {
  const step = steps.get(stepId);
  if (step === undefined) throw new RetryableError(`Step not found: ${stepId}`);
  if (result.job_id !== null && result.job_id !== '' && result.job_id !== step.job_id) {
    throw new ForeignResultError(stepId, 'job_id');
  }
  if (step.correlation_named === true && step.correlation_id !== result.correlation_id) {
    throw new ForeignResultError(stepId, 'correlation_id');
  }
  return step;
}

const updated = (
  { stepId: step_id, result: { correlation_id } }: StepResult,
  status: string,
): ResultOutcome => ({ recorded: { correlation_id, step_id, action: 'updated', status } });

function firstOfEachStep(results: readonly StepResult[]): StepResult[] {
  const first = new Map<string, StepResult>();
  for (const one of results) if (!first.has(one.stepId)) first.set(one.stepId, one);
  return [...first.values()];
}
