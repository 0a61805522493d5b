const CLEAR_LINE = '\r\u001b[K';

interface Stream {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

export interface Progress {
  readonly say: (text: string) => void;
  readonly end: () => void;
}

/** One line that changes on a terminal; in a log a line of its own for each step, without control codes. */
export function progressOf(stream: Stream): Progress {
  return stream.isTTY === true
    ? {
        say: (text) => void stream.write(`${CLEAR_LINE}${text}`),
        end: () => void stream.write(CLEAR_LINE),
      }
    : { say: (text) => void stream.write(`${text}\n`), end: () => undefined };
}
