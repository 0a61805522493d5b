import { globSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { problem, problemOf } from '../../src/platform/http/problem.js';
import { ValidationFailedError } from '../../src/transport/index.js';

const ROOT = new URL('../../', import.meta.url);
const text = (file: string): string => readFileSync(new URL(file, ROOT), 'utf8');

const sections = new Map(
  [...text('docs/errors.md').matchAll(/^### (.+)$([^]*?)(?=^##|$(?![^]))/gm)].map(
    ([, heading = '', body = '']) => [heading, body],
  ),
);

/** Each code of an error class in the sources, with the name of the class. */
const codes = globSync('src/**/*.ts', { cwd: ROOT.pathname }).flatMap((file) =>
  [
    ...text(file).matchAll(
      /^export (?:abstract )?class (\w+) extends[^]*?\bcode(?:: string)? = '(WEFT_\w+)'/gm,
    ),
  ].map(([, name = '', code = '']) => ({ name, code })),
);

describe('docs/errors.md', () => {
  it('has a section with the class and a remedy for each code', () => {
    expect(codes.length).toBeGreaterThan(20);
    for (const { name, code } of codes) {
      const section = sections.get(code) ?? `no section ${code}`;
      expect({ code, section }).toEqual({ code, section: expect.stringContaining(`\`${name}\``) });
      expect({ code, section }).toEqual({ code, section: expect.stringContaining('**Remedy:**') });
    }
  });

  it('has no section for a code that no class has', () => {
    const known = new Set(codes.map(({ code }) => code));
    const written = [...sections.keys()].filter((heading) => heading.startsWith('WEFT_'));
    expect(written.filter((code) => !known.has(code))).toEqual([]);
  });

  it('has the section that the type of each problem document points to', () => {
    const anchors = [...sections.keys()].map(
      (heading) => `/api/errors#${heading.toLowerCase().replaceAll(' ', '-')}`,
    );
    for (const status of [400, 401, 403, 404, 409, 413, 429, 500, 503, 504]) {
      expect(anchors).toContain(problem(status, '').type);
    }
    expect(problemOf(new ValidationFailedError('', [])).type).toBe(
      '/api/errors#weft_validation_failed',
    );
    expect(anchors).toContain('/api/errors#weft_validation_failed');
  });
});
