import { context, trace, type Context } from '@opentelemetry/api';
import { randomBytes } from 'node:crypto';

import { traceOfMessage, type TraceContext } from '../message-scope.js';

const FORM = /^[\da-f]{2}-(?<trace>[\da-f]{32})-(?<span>[\da-f]{16})-(?<flags>[\da-f]{2})$/;
const TRACESTATE = /^[ -~]{0,512}$/;
const TRACE_ID_BYTES = 16;
const SPAN_ID_BYTES = 8;

/**
 * The current W3C trace context: that of the active span, else that of the message being handled, unchanged, else a new
 * one that is not recorded.
 *
 * @see https://www.w3.org/TR/trace-context/
 */
export function currentTraceContext(): TraceContext {
  const span = trace.getSpanContext(context.active());
  if (span && trace.isSpanContextValid(span)) {
    const flags = span.traceFlags.toString(16).padStart(2, '0');
    return {
      traceparent: `00-${span.traceId}-${span.spanId}-${flags}`,
      tracestate: span.traceState?.serialize() ?? '',
    };
  }
  const carried = traceOfMessage();
  // Another program wrote it, so an invalid trace context is not passed on.
  if (carried === undefined || !FORM.test(carried.traceparent)) {
    return { traceparent: newTraceparent(), tracestate: '' };
  }
  const { traceparent, tracestate } = carried;
  return { traceparent, tracestate: TRACESTATE.test(tracestate) ? tracestate : '' };
}

/** Runs `work` with a traceparent's span as parent, so that the messages it sends continue that trace. */
export function continueTrace<T>(traceparent: string, work: () => T): T {
  return context.with(below(traceparent), work);
}

function below(traceparent: string): Context {
  const { trace: traceId, span: spanId, flags } = FORM.exec(traceparent)?.groups ?? {};
  if (traceId === undefined || spanId === undefined || flags === undefined) return context.active();
  const remote = { traceId, spanId, traceFlags: Number.parseInt(flags, 16), isRemote: true };
  return trace.setSpanContext(context.active(), remote);
}

const newTraceparent = (): string =>
  `00-${randomBytes(TRACE_ID_BYTES).toString('hex')}-${randomBytes(SPAN_ID_BYTES).toString('hex')}-00`;
