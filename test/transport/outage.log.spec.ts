import { expect, it } from '@jest/globals';
import { FakeClock } from '../../src/testing/index.js';
import { OutageLog } from '../../src/transport/outage.log.js';

function outage() {
  const clock = new FakeClock();
  const lines: string[] = [];
  const note =
    (level: string) =>
    (text: unknown, fields: unknown): void =>
      void lines.push(`${level}: ${String(text)} ${JSON.stringify(fields)}`);
  const log = { warn: note('warn'), log: note('log') };
  return { clock, lines, outage: new OutageLog(log, clock, 'Tagging', { queue: 'q' }) };
}

it('an outage is logged once when it begins and once when it ends, with its reason and how long it took', async () => {
  const { clock, lines, outage: log } = outage();
  for (const reason of ['reset', 'reset', 'refused']) {
    log.failed(new Error(reason));
    await clock.advance(1000);
  }
  log.succeeded();
  log.succeeded();
  expect(lines).toEqual([
    'warn: Tagging fails and is retried {"queue":"q","reason":"Error: reset"}',
    'log: Tagging works again {"queue":"q","durationMs":3000,"failures":3}',
  ]);
});

it('one failure alone is no outage, unless trying again cannot help', () => {
  const { lines, outage: log } = outage();
  log.failed(new Error('reset'));
  log.succeeded();
  expect(lines).toEqual([]);
  log.failed('denied', 1);
  expect(lines).toEqual(['warn: Tagging fails and is retried {"queue":"q","reason":"denied"}']);
});
