export { startOpenTelemetry, type OpenTelemetry } from './open-telemetry.js';
export { PinoLogger, type PinoLoggerOptions } from './pino-logger.js';
export { Redactor } from './redact.js';
