import type { Profiler } from 'node:inspector';

/** Time of one owner or function, as a share of the time the process was busy. */
export interface Share {
  readonly name: string;
  readonly share: number;
}

export interface Shares {
  readonly owners: readonly Share[];
  readonly functions: readonly Share[];
}

type Frame = Pick<Profiler.ProfileNode['callFrame'], 'functionName' | 'url' | 'lineNumber'>;

/** The first that fits has it. */
const OWNERS: readonly (readonly [RegExp, string])[] = [
  [/\/node_modules\/(@aws-sdk|@aws-crypto|@aws|@smithy)\//, 'AWS SDK'],
  [/\/node_modules\/undici\//, 'undici'],
  [/\/node_modules\/(@nestjs|rxjs)\//, 'Nest and RxJS'],
  [/\/node_modules\/@opentelemetry\//, 'OpenTelemetry'],
  [/\/node_modules\//, 'other packages'],
  [/\/(dist|src)\//, 'Weft'],
  [/\/bench\/|^node:inspector/, 'the benchmark'],
  [
    /^node:(_http|http|_tls|tls|net|internal\/(http|stream_base|net|streams))|^node:stream/,
    "Node's HTTP and sockets",
  ],
  [/^node:(internal\/)?crypto/, "Node's crypto"],
  [/^node:/, 'other parts of Node'],
];

const ENGINE: Readonly<Record<string, string>> = {
  '(garbage collector)': 'garbage collector',
  '(program)': 'V8 and the system (no JavaScript)',
};
const IDLE = '(idle)';
const NATIVE_JSON = new Set(['parse', 'stringify']);

/** Whose function this is; undefined for one built into V8, which is its caller's. */
function ownerOf({ functionName, url }: Frame): string | undefined {
  if (url === '')
    return ENGINE[functionName] ?? (NATIVE_JSON.has(functionName) ? 'JSON' : undefined);
  return OWNERS.find(([pattern]) => pattern.test(url))?.[1] ?? 'other';
}

/** Shares out the time of a profile by who owns the function it was spent in. */
export function attribute(profile: Profiler.Profile): Shares {
  const nodes = new Map(profile.nodes.map((node) => [node.id, node]));
  const parents = new Map(
    profile.nodes.flatMap(({ id, children = [] }) => children.map((child) => [child, id] as const)),
  );
  const ownerAt = (id: number | undefined): string => {
    const node = id === undefined ? undefined : nodes.get(id);
    if (!node) return 'other';
    return ownerOf(node.callFrame) ?? ownerAt(parents.get(node.id));
  };
  const owners = new Map<string, number>();
  const functions = new Map<string, number>();
  for (const [at, id] of (profile.samples ?? []).entries()) {
    const frame = nodes.get(id)?.callFrame;
    if (!frame || frame.functionName === IDLE) continue;
    const us = profile.timeDeltas?.[at] ?? 0;
    add(owners, ownerAt(id), us);
    add(functions, nameOf(frame), us);
  }
  return { owners: sharesOf(owners), functions: sharesOf(functions) };
}

const add = (times: Map<string, number>, name: string, us: number): void =>
  void times.set(name, (times.get(name) ?? 0) + us);

function sharesOf(times: ReadonlyMap<string, number>): Share[] {
  const all = [...times.values()].reduce((sum, us) => sum + us, 0);
  return [...times]
    .map(([name, us]) => ({ name, share: us / all }))
    .toSorted((a, b) => b.share - a.share);
}

function nameOf({ functionName, url, lineNumber }: Frame): string {
  const name = functionName === '' ? '(anonymous)' : functionName;
  if (url === '') return name;
  const file = url
    .replace(/^.*\/node_modules\//, '')
    .replace(/^file:.*\/(?=(dist|src|bench)\/)/, '');
  return `${name} ${file}:${lineNumber + 1}`;
}
