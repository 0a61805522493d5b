import { Inject, Injectable, Logger, Optional, type OnModuleDestroy } from '@nestjs/common';
import { WeftError } from '../transport/errors/index.js';
import { CANCELLED_JOBS, CANCELLED_JOBS_POLL_MS } from './messaging.constants.js';

/** Finds cancelled jobs. */
export interface CancelledJobs {
  /** The cancelled ones of the given jobs. */
  among(jobIds: readonly string[]): Promise<readonly string[]>;
}

/** Thrown when the job of a running Command was cancelled. */
export class JobCancelledError extends WeftError {
  readonly code = 'WEFT_JOB_CANCELLED';

  constructor(jobId: string) {
    super(`Job is cancelled: ${jobId}`);
  }
}

/**
 * The Commands of jobs that run in this process. Their handlers' signals are aborted when the job
 * is cancelled, in whatever process that is done: while any run, the jobs are looked at every
 * `CANCELLED_JOBS_POLL_MS`.
 */
@Injectable()
export class RunningCommands implements OnModuleDestroy {
  readonly #logger = new Logger(RunningCommands.name);
  readonly #running = new Map<string, Set<AbortController>>();
  #timer: NodeJS.Timeout | undefined;

  constructor(@Optional() @Inject(CANCELLED_JOBS) private readonly jobs?: CancelledJobs) {}

  /** @returns the signal that is aborted when the job is cancelled, and what ends the watch. */
  begin(jobId: string): { readonly signal: AbortSignal; readonly end: () => void } {
    const controller = new AbortController();
    const all = this.#running.get(jobId) ?? new Set();
    all.add(controller);
    this.#running.set(jobId, all);
    if (this.jobs !== undefined) {
      this.#timer ??= setInterval(() => void this.look(), CANCELLED_JOBS_POLL_MS).unref();
    }
    const end = (): void => {
      all.delete(controller);
      if (all.size === 0 && this.#running.get(jobId) === all) this.#running.delete(jobId);
      if (this.#running.size === 0) this.#stop();
    };
    return { signal: controller.signal, end };
  }

  /** Checks now. A failure is left to the next check. */
  async look(): Promise<void> {
    try {
      for (const jobId of (await this.jobs?.among([...this.#running.keys()])) ?? []) {
        for (const controller of this.#running.get(jobId) ?? []) {
          controller.abort(new JobCancelledError(jobId));
        }
      }
    } catch (error) {
      this.#logger.warn({ error: String(error) }, 'Cancelled jobs not looked up');
    }
  }

  onModuleDestroy(): void {
    this.#stop();
  }

  #stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}
