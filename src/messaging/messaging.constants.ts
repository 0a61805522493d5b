/** Metadata key: the type of Commands a controller takes. */
export const COMMAND_TYPE = 'weft:command-type';

/** Milliseconds a caller waits for a Result unless it says otherwise. */
export const DEFAULT_RESULT_WAIT_MS = 30_000;

/** Injection token of the topology of the whole service. */
export const TOPOLOGY = Symbol('TOPOLOGY');

/** Injection token of the `IdempotencyStore` of the server; optional: without one every delivery is handled. */
export const IDEMPOTENCY_STORE = Symbol('IDEMPOTENCY_STORE');

/** Injection token of the `TransportObserver` that server and client report to; optional. */
export const TRANSPORT_OBSERVER = Symbol('TRANSPORT_OBSERVER');

/** Injection token of `CancelledJobs`; optional: without it no Command that runs is aborted. */
export const CANCELLED_JOBS = Symbol('CANCELLED_JOBS');

/** How often the jobs of running Commands are looked at, in milliseconds: how late a handler learns of a cancellation. */
export const CANCELLED_JOBS_POLL_MS = 2_000;
