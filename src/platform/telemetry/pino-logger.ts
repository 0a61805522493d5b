import { createRequire } from 'node:module';
import type { LoggerService } from '@nestjs/common';
import { destination, pino, stdTimeFunctions, type DestinationStream, type Logger } from 'pino';
import type { Settings } from '../config/index.js';
import { currentCorrelationId } from '../../transport/message-scope.js';
import { Redactor } from './redact.js';

export interface PinoLoggerOptions {
  readonly log: Settings['log'];
  /** The field `service` of each line. Default: none. */
  readonly serviceName?: string;
  /** Secret texts, which never appear in the log. */
  readonly secrets?: readonly string[];
  /** Where lines go. Default: standard output. */
  readonly destination?: DestinationStream;
}

type Level = 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace';

/** Fields that pino itself writes; a log call's field of the same name would occur twice in the line. */
const RESERVED = new Set(['level', 'time', 'msg', 'service']);

/** Recognises a stack as the second argument of Nest's `error`. */
const STACK = /\n\s+at /;

/**
 * Nest's log, written by pino: JSON lines, or coloured lines on a terminal. Removes secrets and cuts long values.
 *
 * @example
 * app.useLogger(PinoLogger.from(app.get<Settings>(SETTINGS)));
 * new Logger('Orders').warn('late', { order_id });
 */
export class PinoLogger implements LoggerService {
  readonly #pino: Logger;
  readonly #redactor: Redactor;

  constructor(options: PinoLoggerOptions) {
    this.#redactor = new Redactor(options.secrets);
    this.#pino = pino(
      {
        level: options.log.level,
        base: options.serviceName === undefined ? null : { service: options.serviceName },
        timestamp: stdTimeFunctions.isoTime,
        formatters: { level: (level) => ({ level }) },
        // Made by the redactor already.
        serializers: { err: (value: unknown) => value },
        mixin: () => {
          const correlationId = currentCorrelationId();
          return correlationId === undefined ? {} : { correlation_id: correlationId };
        },
      },
      toStream(options),
    );
  }

  static from(settings: Settings): PinoLogger {
    const { log, serviceName, secrets } = settings;
    return new PinoLogger({ log, serviceName, secrets });
  }

  log(message: unknown, ...params: unknown[]): void {
    this.#write('info', message, params);
  }

  fatal(message: unknown, ...params: unknown[]): void {
    this.#write('fatal', message, params);
  }

  error(message: unknown, ...params: unknown[]): void {
    this.#write('error', message, params);
  }

  warn(message: unknown, ...params: unknown[]): void {
    this.#write('warn', message, params);
  }

  debug(message: unknown, ...params: unknown[]): void {
    this.#write('debug', message, params);
  }

  verbose(message: unknown, ...params: unknown[]): void {
    this.#write('trace', message, params);
  }

  #write(level: Level, message: unknown, params: readonly unknown[]): void {
    if (!this.#pino.isLevelEnabled(level)) return;
    const fields: Record<string, unknown> = {};
    const texts: string[] = [];
    for (const param of [message, ...params]) this.#collect(param, fields, texts);
    // Nest puts the context last, and before it the stack of an error.
    const last = typeof params.at(-1) === 'string' ? texts.at(-1) : undefined;
    if (last !== undefined && !STACK.test(last)) fields['context'] = texts.pop();
    const stack = texts.findIndex((text, index) => index > 0 && STACK.test(text));
    if (stack > 0) [fields['stack']] = texts.splice(stack, 1);
    this.#pino[level](fields, texts.join(' '));
  }

  #collect(param: unknown, fields: Record<string, unknown>, texts: string[]): void {
    if (param === undefined || param === null) return;
    if (param instanceof Error) {
      fields['err'] = this.#redactor.value(param);
      if (texts.length === 0) texts.push(this.#redactor.text(param.message));
    } else if (typeof param === 'object' && !Array.isArray(param)) {
      for (const [key, value] of Object.entries(Object(this.#redactor.value(param)))) {
        fields[RESERVED.has(key) ? `${key}_` : key] = value;
      }
    } else {
      const value = this.#redactor.value(param);
      texts.push(typeof value === 'string' ? value : JSON.stringify(value));
    }
  }
}

function toStream({ log, destination: given }: PinoLoggerOptions): DestinationStream {
  // Written synchronously, so that the last lines before the end of the process are not lost.
  if (log.format === 'json') return given ?? destination({ dest: 1, sync: true });
  // Loaded only for a terminal: a service that writes JSON does not need it.
  const pretty = createRequire(import.meta.url)(
    'pino-pretty',
  ) as typeof import('pino-pretty').build;
  return pretty({
    destination: given ?? 1,
    sync: true,
    colorize: given === undefined && process.stdout.isTTY,
    ignore: 'context,service',
    messageFormat: '{if context}[{context}] {end}{msg}',
    translateTime: 'SYS:HH:MM:ss.l',
  });
}
