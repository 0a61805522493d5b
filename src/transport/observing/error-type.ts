/** OpenTelemetry's `error.type`: the class of an error, never its text. */
export const errorType = (error: unknown): string =>
  error instanceof Error ? error.name : typeof error;
