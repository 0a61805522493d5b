import { Counter, Gauge, type Registry } from 'prom-client';
import type { RefusalKind } from './bundles.errors.js';

/** Counts what is bundled and what is not. */
export class BundleMetrics {
  readonly #objects: Counter;
  readonly #inputBytes: Counter;
  readonly #bundles: Counter;
  readonly #bytes: Counter;
  readonly #refused: Counter<'reason'>;
  readonly #malformed: Counter;
  readonly #ignored: Counter;
  readonly #repeated: Counter;
  #oldestMs: () => number = () => 0;

  /** @param registry absent: nothing is counted, as on Lambda. */
  constructor(registry?: Registry) {
    const registers = registry ? [registry] : [];
    const counter = (name: string, help: string): Counter => new Counter({ name, help, registers });
    this.#objects = counter('weft_bundled_objects_total', 'Objects in stored bundles');
    this.#inputBytes = counter('weft_bundled_input_bytes_total', 'Their bytes, uncompressed');
    this.#bundles = counter('weft_bundles_total', 'Bundles stored');
    this.#bytes = counter('weft_bundle_bytes_total', 'Bytes of stored bundles');
    this.#refused = new Counter({
      name: 'weft_bundle_refused_objects_total',
      help: 'Objects that are in no bundle, by reason',
      labelNames: ['reason'],
      registers,
    });
    this.#malformed = counter('weft_bundle_malformed_records_total', 'Records that cannot be read');
    this.#ignored = counter(
      'weft_bundle_ignored_records_total',
      'Records of other events than new objects, such as deletions',
    );
    this.#repeated = counter(
      'weft_bundle_repeated_objects_total',
      'Objects that were announced again and not bundled again',
    );
    const oldestSeconds = (): number => this.#oldestMs() / 1000;
    const oldest = new Gauge({
      name: 'weft_bundle_oldest_object_seconds',
      help: 'How long the object has waited for its bundle that has waited longest',
      registers: [],
      collect() {
        this.set(oldestSeconds());
      },
    });
    registry?.registerMetric(oldest);
  }

  /** @param oldestMs called at each scrape. */
  watch(oldestMs: () => number): void {
    this.#oldestMs = oldestMs;
  }

  bundled(objects: number, inputBytes: number, bytes: number): void {
    this.#bundles.inc();
    this.#objects.inc(objects);
    this.#inputBytes.inc(inputBytes);
    this.#bytes.inc(bytes);
  }

  refused(reason: RefusalKind): void {
    this.#refused.inc({ reason });
  }

  announced({ ignored, malformed }: { ignored: number; malformed: readonly string[] }): void {
    this.#ignored.inc(ignored);
    this.#malformed.inc(malformed.length);
  }

  repeated(): void {
    this.#repeated.inc();
  }
}
