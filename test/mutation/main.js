// npm run test:mutation [-- room … --fresh]: mutates each room in turn, prints its score and what survived, and fails where
// a room's score is too low. --fresh tries every mutant again, also those that a test of the same name killed before.
import { parseArgs } from 'node:util';
import { Stryker } from '@stryker-mutator/core';
import { LEAST_KILLED, ROOMS } from './rooms.js';
import { optionsFor } from './stryker.config.js';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { fresh: { type: 'boolean', default: false } },
});
const rooms = positionals.length > 0 ? positionals : Object.keys(ROOMS);
const unknown = rooms.filter((room) => !Object.hasOwn(ROOMS, room));
if (unknown.length > 0) {
  throw new Error(
    `There is no room ${unknown.join(', ')}: choose of ${Object.keys(ROOMS).join(', ')}`,
  );
}

/** What became of a room's mutants. One that stops the tests from running at all counts for nothing. */
function scoreOf(room, results) {
  const count = (...statuses) => results.filter(({ status }) => statuses.includes(status)).length;
  const killed = count('Killed', 'Timeout');
  const survived = count('Survived', 'NoCoverage');
  const percent = Math.floor((1000 * killed) / (killed + survived)) / 10;
  return { room, mutants: killed + survived, killed, survived, texts: count('Ignored'), percent };
}

const scores = [];
for (const room of rooms) {
  const results = await new Stryker(optionsFor(room, values)).runMutationTest();
  scores.push(scoreOf(room, results));
}
console.table(scores);
const low = scores.filter(({ percent }) => percent < LEAST_KILLED);
if (low.length > 0) {
  console.error(`Below ${LEAST_KILLED} %: ${low.map(({ room }) => room).join(', ')}`);
  process.exitCode = 1;
}
