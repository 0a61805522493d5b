import { MAX_KEPT_OUTPUT_BYTES } from '../transform.constants.js';

/** Keeps the end of a program's output and counts its lines. */
export class OutputTail {
  readonly #lines: string[] = [];
  #bytes = 0;
  #count = 0;
  #rest = '';
  #cut = false;

  /** @param onLine called with each line as it comes, except lines above 1 MiB. */
  constructor(private readonly onLine: (line: string) => void = () => undefined) {}

  get lineCount(): number {
    return this.#count;
  }

  /** The last lines, without empty ones. */
  last(count: number): string[] {
    return this.#lines.filter((line) => line.trim() !== '').slice(-count);
  }

  includes(pattern: RegExp): boolean {
    return this.#lines.some((line) => pattern.test(line));
  }

  add(text: string): void {
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) this.#take(line);
    if (this.#rest.length > MAX_KEPT_OUTPUT_BYTES) {
      this.#rest = '';
      this.#cut = true;
    }
  }

  /** Text after the last line end counts as a line too. */
  end(): void {
    if (this.#rest !== '' || this.#cut) this.#take(this.#rest);
    this.#rest = '';
  }

  #take(line: string): void {
    this.#count += 1;
    const whole = !this.#cut;
    this.#cut = false;
    if (!whole) return;
    this.onLine(line);
    this.#lines.push(line);
    this.#bytes += line.length;
    while (this.#bytes > MAX_KEPT_OUTPUT_BYTES) this.#bytes -= this.#lines.shift()?.length ?? 0;
  }
}
