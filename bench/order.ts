import { IsInt, IsString, Min } from 'class-validator';

/** What the messages carry. */
export class BenchOrder {
  @IsString()
  readonly id!: string;

  @IsInt()
  @Min(0)
  readonly amount!: number;

  @IsString({ each: true })
  readonly tags!: string[];

  @IsString()
  readonly text!: string;
}

export const BENCH_PATTERN = 'bench.message';

const packet = (text: string): string =>
  JSON.stringify({
    pattern: BENCH_PATTERN,
    data: { id: 'order-1', amount: 1250, tags: ['new', 'paid'], text },
  });

/** A message of this many bytes in Weft's own format, which is JSON to everybody else. */
export function bodyOf(bytes: number): string {
  return packet('x'.repeat(bytes - packet('').length));
}

/** The data alone, for those who send. */
export const dataOf = (body: string): unknown => (JSON.parse(body) as { data: unknown }).data;
