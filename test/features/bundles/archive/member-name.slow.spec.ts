import { expect, it } from '@jest/globals';
import { seeded } from '../../../support/seeded.js';
import { isSafe, PIECES } from './hostile-keys.js';

const MILLION = 1_000_000;

it('a million random hostile keys get safe names, or none', () => {
  const random = seeded(17);
  let named = 0;
  for (let run = 0; run < MILLION; run++) {
    let key = '';
    for (let left = 1 + Math.floor(random() * 8); left > 0; left--) {
      key += PIECES[Math.floor(random() * PIECES.length)] ?? '';
    }
    if (isSafe(key)) named += 1;
  }
  // Were all of them refused, nothing would have been shown.
  expect(named).toBeGreaterThan(MILLION / 20);
});
