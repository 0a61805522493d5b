import { Logger } from '@nestjs/common';
import { context, diag, DiagLogLevel, metrics, propagation, trace } from '@opentelemetry/api';
import { systemClock } from '../../transport/clock.js';
import { atMost } from '../../common/at-most.js';
import type { Settings } from '../config/index.js';

/** A collector that does not answer delays closing by at most this time. */
const CLOSE_TIMEOUT_MS = 5_000;
/** The SDK reports each failed export, which is one every few seconds. */
const WARN_INTERVAL_MS = 60_000;

/** The OpenTelemetry SDK of this process. */
export interface OpenTelemetry {
  /** Sends waiting spans and metrics, as before a Lambda is frozen. */
  flush(): Promise<void>;
  /** Sends waiting spans and metrics, then stops. Gives up after 5 seconds. */
  close(): Promise<void>;
}

/**
 * Starts and registers the OpenTelemetry SDK, so that the transport's spans and metrics are sent to the collector. The
 * SDK is loaded only here. Its own variables apply too, such as `OTEL_EXPORTER_OTLP_HEADERS`.
 *
 * @returns undefined without an endpoint, or if the process has registered its own SDK
 * @see https://opentelemetry.io/docs/specs/otel/protocol/exporter/
 */
export async function startOpenTelemetry({
  otlpEndpoint,
  serviceName,
}: Pick<Settings, 'otlpEndpoint' | 'serviceName'>): Promise<OpenTelemetry | undefined> {
  if (otlpEndpoint === undefined) return undefined;
  const logger = new Logger('OpenTelemetry');
  const sdk = await loadSdk();
  const resource = sdk.resourceFromAttributes({ 'service.name': serviceName });
  const url = (signal: string): string => `${otlpEndpoint.replace(/\/+$/, '')}/v1/${signal}`;
  const tracing = new sdk.TracerProvider({
    resource,
    spanProcessors: [
      new sdk.BatchSpanProcessor({ exporter: new sdk.OTLPTraceExporter({ url: url('traces') }) }),
    ],
  });
  if (!trace.setGlobalTracerProvider(tracing)) {
    await tracing.shutdown();
    logger.log({ otlpEndpoint }, 'OpenTelemetry not started: this process has an SDK already');
    return undefined;
  }
  const exporter = new sdk.OTLPMetricExporter({ url: url('metrics') });
  const measuring = new sdk.MeterProvider({
    resource,
    readers: [new sdk.PeriodicExportingMetricReader({ exporter })],
  });
  metrics.setGlobalMeterProvider(measuring);
  context.setGlobalContextManager(new sdk.AsyncLocalStorageContextManager().enable());
  propagation.setGlobalPropagator(new sdk.W3CTraceContextPropagator());
  warnOfFailures(logger);
  logger.log({ otlpEndpoint }, 'OpenTelemetry started');

  const both = async (work: (provider: typeof tracing | typeof measuring) => Promise<void>) => {
    const done = Promise.allSettled([work(tracing), work(measuring)]);
    await atMost(systemClock, CLOSE_TIMEOUT_MS, done);
  };
  return {
    flush: () => both((provider) => provider.forceFlush()),
    close: async () => {
      await both((provider) => provider.shutdown());
      for (const api of [trace, metrics, context, propagation, diag]) api.disable();
    },
  };
}

/** Loaded here, so that a service without a collector does not load these modules. */
async function loadSdk() {
  const [tracing, measuring, traces, measures, resources, hooks, core] = await Promise.all([
    import('@opentelemetry/sdk-trace'),
    import('@opentelemetry/sdk-metrics'),
    import('@opentelemetry/exporter-trace-otlp-proto'),
    import('@opentelemetry/exporter-metrics-otlp-proto'),
    import('@opentelemetry/resources'),
    import('@opentelemetry/context-async-hooks'),
    import('@opentelemetry/core'),
  ]);
  return {
    TracerProvider: tracing.TracerProvider,
    BatchSpanProcessor: tracing.BatchSpanProcessor,
    MeterProvider: measuring.MeterProvider,
    PeriodicExportingMetricReader: measuring.PeriodicExportingMetricReader,
    OTLPTraceExporter: traces.OTLPTraceExporter,
    OTLPMetricExporter: measures.OTLPMetricExporter,
    resourceFromAttributes: resources.resourceFromAttributes,
    AsyncLocalStorageContextManager: hooks.AsyncLocalStorageContextManager,
    W3CTraceContextPropagator: core.W3CTraceContextPropagator,
  };
}

const ignore = (): void => undefined;

/** Lost spans do not affect messages, so one warning a minute is enough. */
function warnOfFailures(logger: Logger): void {
  let warnedAt = -Infinity;
  const warn = (reason: string): void => {
    if (performance.now() - warnedAt < WARN_INTERVAL_MS) return;
    warnedAt = performance.now();
    logger.warn({ reason }, 'Spans or metrics not sent');
  };
  diag.setLogger(
    { error: warn, warn, info: ignore, debug: ignore, verbose: ignore },
    DiagLogLevel.WARN,
  );
}
