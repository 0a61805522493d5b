// Imported before the demo of any checkout: sends its parent what each row of its report cost.

interface Report {
  step: (this: Report, what: string, work: unknown) => Promise<void>;
}

/** What one row of the demo's report cost, in seconds. */
export interface DemoRow {
  readonly what: string;
  readonly cpu: number;
  readonly time: number;
}

const module: { DemoReport: { prototype: Report } } = await import(
  String(process.env['WEFT_BENCH_REPORT'])
);
const { prototype } = module.DemoReport;
const { step } = prototype;
prototype.step = async function measured(what, work): Promise<void> {
  const before = process.cpuUsage();
  const startedMs = performance.now();
  await step.call(this, what, work);
  const { user, system } = process.cpuUsage(before);
  const row: DemoRow = {
    what,
    cpu: (user + system) / 1e6,
    time: (performance.now() - startedMs) / 1000,
  };
  process.send?.(row);
};
