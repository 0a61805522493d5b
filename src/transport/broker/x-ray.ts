import type { WireAttribute } from './broker.js';

/**
 * The system attribute for a trace in an SQS message.
 * https://docs.aws.amazon.com/xray/latest/devguide/xray-services-sqs.html
 */
export const X_RAY_ATTRIBUTE = 'AWSTraceHeader';

const TRACEPARENT =
  /^[\da-f]{2}-(?<epoch>[\da-f]{8})(?<unique>[\da-f]{24})-(?<span>[\da-f]{16})-(?<flags>[\da-f]{2})$/;
const SAMPLED = 0x01;
const ROOT = /(?:^|;)\s*Root=1-(?<epoch>[\da-f]{8})-(?<unique>[\da-f]{24})(?:;|$)/i;
const PARENT = /(?:^|;)\s*Parent=(?<span>[\da-f]{16})(?:;|$)/i;

/** A W3C traceparent in X-Ray's form; undefined if it is invalid. */
export function xRayHeader(traceparent: string | undefined): string | undefined {
  const { epoch, unique, span, flags = '' } = TRACEPARENT.exec(traceparent ?? '')?.groups ?? {};
  if (epoch === undefined) return undefined;
  const sampled = (Number.parseInt(flags, 16) & SAMPLED) === SAMPLED ? 1 : 0;
  return `Root=1-${epoch}-${unique};Parent=${span};Sampled=${sampled}`;
}

/** The trace in a message's attributes, as X-Ray writes it; undefined without one. */
export function xRayHeaderOf({
  traceparent,
}: Readonly<Record<string, WireAttribute>>): string | undefined {
  return traceparent && 'StringValue' in traceparent
    ? xRayHeader(traceparent.StringValue)
    : undefined;
}

/** X-Ray's header as a W3C traceparent; undefined if it lacks the trace or the parent. */
export function traceparentOf(header: string | undefined): string | undefined {
  if (header === undefined) return undefined;
  const { epoch, unique } = ROOT.exec(header)?.groups ?? {};
  const { span } = PARENT.exec(header)?.groups ?? {};
  if (epoch === undefined || span === undefined) return undefined;
  const flags = /(?:^|;)\s*Sampled=1(?:;|$)/i.test(header) ? '01' : '00';
  return `00-${epoch}${unique}-${span}-${flags}`.toLowerCase();
}
