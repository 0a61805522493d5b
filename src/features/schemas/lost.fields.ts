import type { JsonSchema } from '../../messaging/index.js';
import { flat, isSchema, join, propertiesOf, type Rooted } from './schema.nodes.js';

/** Paths of fields, at any depth, that the first has and the second does not. */
export function lostFields(first: Rooted, second: Rooted): readonly string[] {
  const open = new Set<string>();
  const search = (oneGiven: JsonSchema, otherGiven: JsonSchema, path: string): string[] => {
    const pair = `${String(oneGiven['$ref'])} ${String(otherGiven['$ref'])}`;
    if ('$ref' in oneGiven && open.has(pair)) return [];
    open.add(pair);
    const [one, other] = [flat(oneGiven, first.root), flat(otherGiven, second.root)];
    const [fields, others] = [propertiesOf(one), propertiesOf(other)];
    const items =
      isSchema(one['items']) && isSchema(other['items']) ? [one['items'], other['items']] : [];
    const found = [
      ...Object.entries(fields).flatMap(([name, field]) => {
        const same = Object.hasOwn(others, name) ? others[name] : undefined;
        return same ? search(field, same, join(path, name)) : [join(path, name)];
      }),
      ...(items[0] && items[1] ? search(items[0], items[1], `${path}[]`) : []),
    ];
    open.delete(pair);
    return found;
  };
  return search(first.schema, second.schema, '');
}
