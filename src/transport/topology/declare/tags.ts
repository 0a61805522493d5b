import type { Tags } from './topology.js';

/** Declared tags that are missing or have another value. Other tags are ignored. */
export function missingTags(is: Tags, declared: Tags): { differences: string[]; tags: Tags } {
  const missing = Object.entries(declared).filter(([key, value]) => is[key] !== value);
  return {
    tags: Object.fromEntries(missing),
    differences: missing.map(
      ([key, value]) => `the tag ${key} is ${is[key] ?? 'not set'}, declared ${value}`,
    ),
  };
}
