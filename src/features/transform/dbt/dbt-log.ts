import { isJsonObject, type JsonObject } from '../../../protocol/index.js';

/** A node that dbt reports as finished. */
interface FinishedNode {
  readonly node: string;
  readonly status: string;
}

/** Parses one line of dbt's JSON log; undefined if it is not JSON. */
function parseLogLine(line: string): JsonObject | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    const value: unknown = JSON.parse(line);
    return isJsonObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** `LogModelResult`, `LogTestResult`, `LogSeedResult`, …: one for each node. */
const NODE_RESULT = /^Log\w*Result$/;

export function finishedNode(line: string): FinishedNode | undefined {
  const { info, data } = partsOf(line);
  if (!NODE_RESULT.test(String(info['name']))) return undefined;
  const node = isJsonObject(data['node_info']) ? data['node_info'] : {};
  const { unique_id: id, node_status: status } = node;
  if (typeof id !== 'string') return undefined;
  return { node: id, status: typeof status === 'string' ? status : 'unknown' };
}

/** The name depends on the version of dbt-core. */
const isListing = ({ name }: JsonObject): boolean => name === 'ListCmdOut' || name === 'PrintEvent';

/** Parses a node of `dbt ls`. */
export function listedNode(line: string): string | undefined {
  const { info, data } = partsOf(line);
  const { msg } = data;
  return isListing(info) && typeof msg === 'string' ? msg : undefined;
}

/** The message of a line, for people. */
export function messageOf(line: string): string {
  const { info } = partsOf(line);
  return typeof info['msg'] === 'string' ? info['msg'] : line;
}

function partsOf(line: string): { info: JsonObject; data: JsonObject } {
  const { info, data } = parseLogLine(line) ?? {};
  return { info: isJsonObject(info) ? info : {}, data: isJsonObject(data) ? data : {} };
}
