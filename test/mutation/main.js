// npm run test:mutation [-- room … --fresh]: mutates each room in turn, prints its score and what survived, and fails where
// a room's score is too low. --fresh tries every mutant again, also those that a test of the same name killed before.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { Stryker } from '@stryker-mutator/core';
import { LEAST_KILLED, ROOMS } from './rooms.js';
import { optionsFor } from './stryker.config.js';

const USAGE = `npm run test:mutation -- [ROOM…] [--fresh]   rooms: ${Object.keys(ROOMS).join(', ')}`;

function refuse(reason) {
  console.error(`${reason}\n\n${USAGE}`);
  process.exit(2);
}

function readArguments() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        fresh: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
  } catch (error) {
    return refuse(error.message.split('\n', 1)[0]);
  }
}

const { values, positionals } = readArguments();
if (values.help) {
  console.log(USAGE);
  process.exit(0);
}
const rooms = positionals.length > 0 ? positionals : Object.keys(ROOMS);
const unknown = rooms.filter((room) => !Object.hasOwn(ROOMS, room));
if (unknown.length > 0) {
  refuse(`There is no room ${unknown.join(', ')}`);
}

/**
 * What became of a room's mutants. One that stops the tests from running at all counts for nothing. `endless` are those killed
 * whose tests never came to an end.
 */
function scoreOf(room, results) {
  const count = (...statuses) => results.filter(({ status }) => statuses.includes(status)).length;
  const endless = count('Timeout');
  const killed = count('Killed') + endless;
  const survived = count('Survived', 'NoCoverage');
  const mutants = killed + survived;
  const percent = Math.floor((1000 * killed) / mutants) / 10;
  return { room, mutants, killed, endless, survived, texts: count('Ignored'), percent };
}

/** Has mutants tried again whose tests never came to an end: the machine may have been busy. */
function forgetEndless(report) {
  if (!existsSync(report)) return;
  const known = JSON.parse(readFileSync(report, 'utf8'));
  for (const file of Object.values(known.files))
    file.mutants = file.mutants.filter(({ status }) => status !== 'Timeout');
  writeFileSync(report, JSON.stringify(known));
}

const scores = [];
for (const room of rooms) {
  const options = optionsFor(room, values);
  forgetEndless(options.incrementalFile);
  const results = await new Stryker(options).runMutationTest();
  scores.push(scoreOf(room, results));
}
console.table(scores);
const low = scores.filter(({ percent }) => percent < LEAST_KILLED);
if (low.length > 0) {
  console.error(`Below ${LEAST_KILLED} %: ${low.map(({ room }) => room).join(', ')}`);
  process.exitCode = 1;
}
