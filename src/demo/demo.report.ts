interface ReportRow {
  readonly what: string;
  readonly count: number | string;
  readonly ms: number;
  /** How it was confirmed. */
  readonly confirmed: string;
}

const HEADINGS = ['what', 'count', 'time', 'confirmed by'] as const;

/** Collects the results of the steps. */
export class DemoReport {
  readonly #rows: ReportRow[] = [];

  constructor(private readonly progress: (text: string) => void) {}

  /** Runs one step, measures it and records how it was confirmed. */
  async step(
    what: string,
    work: () => Promise<Pick<ReportRow, 'count' | 'confirmed'>>,
  ): Promise<void> {
    this.progress(what);
    const startedAt = performance.now();
    const done = await work();
    this.add({ what, ms: performance.now() - startedAt, ...done });
  }

  add(row: ReportRow): void {
    this.#rows.push(row);
  }

  toString(): string {
    const cells = [
      HEADINGS,
      ...this.#rows.map(({ what, count, ms, confirmed }) => [
        what,
        String(count),
        seconds(ms),
        confirmed,
      ]),
    ];
    const widths = HEADINGS.map((_, column) =>
      Math.max(...cells.map((row) => row[column]?.length ?? 0)),
    );
    const line = (row: readonly string[]): string =>
      row
        .map((cell, column) =>
          column === 1 || column === 2
            ? cell.padStart(widths[column] ?? 0)
            : cell.padEnd(widths[column] ?? 0),
        )
        .join('  ')
        .trimEnd();
    return cells.map((row) => `  ${line(row)}`).join('\n');
  }
}

export const seconds = (ms: number): string => `${(ms / 1000).toFixed(2)} s`;

const UNITS = ['bytes', 'kB', 'MB', 'GB'] as const;

/** `1234567` → `1.2 MB`. */
export function size(bytes: number): string {
  const power = Math.min(UNITS.length - 1, Math.floor(Math.log10(Math.max(1, bytes)) / 3));
  const value = bytes / 1000 ** power;
  return `${power === 0 ? value : value.toFixed(1)} ${UNITS[power]}`;
}
