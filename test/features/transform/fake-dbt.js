#!/usr/bin/env node
// A program in place of dbt: does what scenario.json in its working folder says, and notes how it was called.
import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';

const args = process.argv.slice(2);
const option = (name) =>
  args.find((argument) => argument.startsWith(`--${name}=`))?.slice(name.length + 3);
const scenario = JSON.parse(readFileSync('scenario.json', 'utf8'));

// Before the call is noted: a test that sees the note may send the signal at once.
if (scenario.ignoresTerm) process.on('SIGTERM', () => writeFileSync('ignored', ''));
appendFileSync('calls.jsonl', `${JSON.stringify({ args, env: process.env, pid: process.pid })}\n`);

const target = option('target-path');
mkdirSync(target, { recursive: true });
if (scenario.manifest) writeFileSync(`${target}/manifest.json`, JSON.stringify(scenario.manifest));
if (scenario.runResults) {
  writeFileSync(`${target}/run_results.json`, JSON.stringify(scenario.runResults));
}

for (const line of scenario.stdout ?? []) {
  process.stdout.write(`${typeof line === 'string' ? line : JSON.stringify(line)}\n`);
}
for (const line of scenario.stderr ?? []) process.stderr.write(`${line}\n`);
for (let written = 0; written < (scenario.floodBytes ?? 0); written += 100_000) {
  const flood = `${'x'.repeat(scenario.floodInLines ? 99 : 99_999)}${scenario.floodInLines ? '\n' : ''}`;
  const whole = flood.repeat(Math.ceil(100_000 / flood.length));
  if (!process.stdout.write(whole)) await new Promise((next) => process.stdout.once('drain', next));
}
if (scenario.waitsForFile) {
  while (!existsSync(scenario.waitsForFile)) await new Promise((next) => setTimeout(next, 20));
}
if (scenario.killsItself) process.kill(process.pid, scenario.killsItself);
if (scenario.forever) setInterval(() => undefined, 1000);
process.exitCode = scenario.code ?? 0;
