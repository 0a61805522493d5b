import { isObject } from '../common/objects.js';

/** Reads the parameters of an SNS call, and writes its answer, in the formats of AWS's clients. */

/** Parameters with several values; without any, they are written as an empty text. */
const GROUPS = new Set([
  'Attributes',
  'MessageAttributes',
  'PublishBatchRequestEntries',
  'TagKeys',
  'Tags',
]);

type Tree = Map<string, Tree | string>;

/**
 * Reads `Action=Publish&MessageAttributes.entry.1.Name=…` into what the SDK's command of the name takes.
 *
 * @see https://docs.aws.amazon.com/sns/latest/api/API_Publish.html
 */
export function readQuery(body: string): { readonly action: string; readonly input: object } {
  const tree: Tree = new Map();
  let action = '';
  for (const [name, value] of new URLSearchParams(body)) {
    if (name === 'Action') action = value;
    else if (name !== 'Version' && !(value === '' && GROUPS.has(name)))
      put(tree, name.split('.'), value);
  }
  return { action, input: valueOf(tree) as object };
}

/** The answer of a call, in XML. */
export const queryAnswer = (action: string, output: object): string =>
  `<${action}Response><${action}Result>${fieldsOf(output)}</${action}Result></${action}Response>`;

/** The error of a refused call, in XML. */
export const queryFault = (code: string, message: string): string =>
  `<ErrorResponse><Error><Type>Sender</Type><Code>${escaped(code)}</Code><Message>${escaped(message)}</Message></Error></ErrorResponse>`;

function put(tree: Tree, [first = '', ...rest]: readonly string[], value: string): void {
  if (rest.length === 0) {
    tree.set(first, value);
    return;
  }
  const known = tree.get(first);
  const branch: Tree = known instanceof Map ? known : new Map();
  tree.set(first, branch);
  put(branch, rest, value);
}

function valueOf(node: Tree | string): unknown {
  if (typeof node === 'string') return node;
  const member = node.get('member');
  if (member instanceof Map) return [...member.values()].map(valueOf);
  const entry = node.get('entry');
  if (entry instanceof Map) return Object.fromEntries([...entry.values()].map(pairOf));
  return Object.fromEntries(
    [...node].map(([name, child]) => [
      name,
      name === 'BinaryValue' ? Buffer.from(textOf(child), 'base64') : valueOf(child),
    ]),
  );
}

/** Maps are written with `key` and `value`, or with `Name` and `Value`. */
function pairOf(node: Tree | string): [string, unknown] {
  if (typeof node === 'string') return [node, undefined];
  const value = node.get('value') ?? node.get('Value') ?? '';
  return [textOf(node.get('key') ?? node.get('Name')), valueOf(value)];
}

const textOf = (node: Tree | string | undefined): string => (typeof node === 'string' ? node : '');

const fieldsOf = (fields: object): string =>
  Object.entries(fields)
    .map(
      ([name, value]) => `<${name}>${name === 'Attributes' ? map(value) : text(value)}</${name}>`,
    )
    .join('');

const map = (entries: object): string =>
  Object.entries(entries)
    .map(([key, value]) => `<entry><key>${escaped(key)}</key><value>${text(value)}</value></entry>`)
    .join('');

function text(value: unknown): string {
  if (Array.isArray(value)) return value.map((one) => `<member>${text(one)}</member>`).join('');
  if (isObject(value)) return fieldsOf(value);
  return typeof value === 'string' ? escaped(value) : '';
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
};

const escaped = (value: string): string =>
  value.replaceAll(/[&<>"]/g, (one) => ENTITIES[one] ?? one);
