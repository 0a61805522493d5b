import { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import type { streamCollector } from '@smithy/node-http-handler';
import { partialAnswer } from './partial-answer.js';

type StreamCollector = typeof streamCollector;

/** Looks without progress after which a body has stalled. Several, so that a process that stood still first reads what came meanwhile. */
const LOOKS = 4;

/**
 * Ends a body of which nothing has come for `limitMs`. The SDK's own limits end with an answer's head. A body whose
 * reader is slow is left alone.
 */
export function endWhenStalled(body: unknown, limitMs: number): void {
  if (!(body instanceof IncomingMessage) || limitMs <= 0) return;
  let bytes = body.socket.bytesRead;
  let idle = 0;
  const timer = setInterval(() => {
    const { bytesRead } = body.socket;
    const slowReader = body.readableLength >= body.readableHighWaterMark;
    idle = bytesRead === bytes && !slowReader ? idle + 1 : 0;
    bytes = bytesRead;
    if (body.complete || body.destroyed) clearInterval(timer);
    else if (idle >= LOOKS) body.destroy(partialAnswer(limitMs));
  }, limitMs / LOOKS);
  timer.unref();
  body.once('close', () => clearInterval(timer));
}

/** Ends a body that is collected in memory unless it is whole within `limitMs`, however it drips. */
export const collectWithin =
  (limitMs: number, collect: StreamCollector): StreamCollector =>
  async (stream) => {
    if (!(stream instanceof Readable) || limitMs <= 0) return collect(stream);
    const timer = setTimeout(() => stream.destroy(partialAnswer(limitMs)), limitMs);
    try {
      return await collect(stream);
    } finally {
      clearTimeout(timer);
    }
  };
