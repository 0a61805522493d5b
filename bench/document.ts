import { format, resolveConfig } from 'prettier';
import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Report } from './benchmark.js';
import { WEFT } from './contenders/names.js';
import { goalRows, goalsOf } from './goals.js';
import type { Machine } from './machine.js';
import { shareRows, type ProfileReport } from './profile/profile.js';
import { fixed } from './statistics.js';
import { markdownTable } from './table.js';

const DOCUMENT = fileURLToPath(new URL('../docs/performance.md', import.meta.url));
const DATA = fileURLToPath(new URL('../docs/performance.json', import.meta.url));

/** Everything one run found. */
export interface Findings {
  readonly machine: Machine;
  readonly minutes: number;
  readonly reports: readonly Report[];
  readonly profiles: readonly ProfileReport[];
  /** What could not be measured, and why. */
  readonly failures: readonly string[];
}

/** Writes docs/performance.md, and the same as data beside it. */
export async function writeDocument(findings: Findings): Promise<void> {
  await write(DOCUMENT, documentOf(findings));
  const goals = goalsOf(findings.reports);
  await write(DATA, JSON.stringify({ ...findings, goals }));
}

async function write(filepath: string, text: string): Promise<void> {
  const config = await resolveConfig(filepath);
  await writeFile(filepath, await format(text, { ...config, filepath }));
}

export function documentOf({ machine, minutes, reports, profiles, failures }: Findings): string {
  const { node, cpu, cores, commit, date } = machine;
  return `# Performance

\`npm run bench -- document\` wrote this page: one run, one machine, ${fixed(minutes)} minutes. [Data of every run](performance.json).

- Node ${node}, ${cores} × ${cpu}, commit ${commit}, ${date}.
- Each contender runs in a process of its own, in turn, against one embedded emulator in another process. Rounds are interleaved.
- Medians, with the lowest and the highest value. CPU is that of the contender's process alone (\`process.cpuUsage()\`, garbage
  collection included); messages a second say as much about the emulator, which shares the machine.
- The first messages of each run are not counted. A contender that makes a call for each message gets fewer messages; the tables say how many.
- Microseconds depend on the machine, ratios hardly do. So goals are ratios to the bare SDK loop of the same run.

## Goals

${markdownTable(goalRows(goalsOf(reports)))}
${failures.length === 0 ? '' : `\nNot measured:\n\n${failures.map((failure) => `- ${failure}`).join('\n')}\n`}
${reports.map(sectionOf).join('\n\n')}

${profiles.map(profileOf).join('\n\n')}

## How to repeat it

\`\`\`sh
npm run bench -- document            # all of it, and this page
npm run bench -- consume --rounds 9  # one table
npm run bench -- profile consume --cpu-prof weft.cpuprofile
npm run bench -- --help
\`\`\`
`;
}

const sectionOf = ({ name, title, table, settings }: Report): string => `## ${name}

${title.charAt(0).toUpperCase()}${title.slice(1)}.

${markdownTable(table)}

${Object.entries(settings)
  .map(([contender, text]) => `- ${contender}: ${text}`)
  .join('\n')}`;

function profileOf({
  caseName,
  contender,
  cpuUsPerMessage,
  owners,
  functions,
}: ProfileReport): string {
  const shareOfWeft = owners.find(({ name }) => name === WEFT)?.share ?? 0;
  const named = functions.map(({ name, share }) => ({ name: `\`${name}\``, share }));
  return `## Profile: ${contender}, ${caseName}

${fixed(cpuUsPerMessage, 1)} µs of CPU a message with the profiler on, by the owner of the function it was spent in. What is built into
V8 counts for its caller. Weft itself takes ${fixed(shareOfWeft * cpuUsPerMessage, 1)} µs of them.

${markdownTable([['owner', 'share', 'µs a message'], ...shareRows(owners, cpuUsPerMessage)])}

${markdownTable([['function', 'share', 'µs a message'], ...shareRows(named, cpuUsPerMessage)])}`;
}
