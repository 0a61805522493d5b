import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { athenaLineage } from '../../../src/features/query/athena/athena-lineage.js';
import {
  blockComments,
  splitStatements,
  withoutComments,
  withoutHidden,
} from '../../../src/features/query/split-statements.js';

/** What hides, as one expression says it, which takes the square of the length where nothing is closed. */
const HIDDEN = /'[^']*'|"[^"]*"|\$([A-Za-z_]\w*)?\$[\s\S]*?\$\1\$|--[^\n]*|\/\*[\s\S]*?\*\//g;
const blank = (text: string): string => ' '.repeat(text.length);

describe('What hides a part of SQL', () => {
  it('is a text, a quoted name, a dollar quote and a comment', () => {
    expect(withoutHidden(`a ';' "x;" $t$;$t$ $$;$$ -- ;\nb /* ; */ c`)).toBe(
      `a ${blank(`';' "x;" $t$;$t$ $$;$$ -- ;`)}\nb ${blank('/* ; */')} c`,
    );
    expect(withoutComments(`a ';' -- ;\nb`)).toBe(`a ';' ${blank('-- ;')}\nb`);
  });

  it('has as many comments as have begun', () => {
    const counts = ["select '/*' -- /*", '/* /* */ */', 'a /* b', '/**/ /**/'].map(blockComments);
    expect(counts).toEqual([1, 2, 1, 2]);
  });

  it('is what one expression finds, in any SQL', () => {
    const piece = fc.constantFrom("'", '"', '$', '$a$', '$b$', '--', '\n', '/*', '*/', 'x', ';');
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 24 }), (pieces) => {
        const sql = pieces.join('');
        expect(withoutHidden(sql)).toBe(sql.replace(HIDDEN, blank));
      }),
    );
  });

  it.each([
    ['comments that are not closed', '/*'.repeat(500_000)],
    ['one tag after another', Array.from({ length: 120_000 }, (_, n) => `$a${n}$`).join('')],
    ['quotes of each kind', `'"`.repeat(500_000)],
    ['comments within comments', `${'/*'.repeat(250_000)}${'*/'.repeat(250_000)}`],
  ])('is found in a million characters of %s before anybody notices', (_what, sql) => {
    expect(withoutHidden(sql)).toHaveLength(sql.length);
    expect(splitStatements(sql).length).toBeLessThanOrEqual(1);
  });

  it('may be a million characters long, also as a name', () => {
    const long = 'x'.repeat(1_000_000);
    const inputs = [{ kind: 'table', name: 't' }];
    expect(athenaLineage(`select '${long}' from t`).inputs).toEqual(inputs);
    expect(athenaLineage(`select * from "${long}"`).inputs).toEqual([]);
    expect(athenaLineage(`create table "${long}" as select * from t`).inputs).toEqual(inputs);
  });

  it('is found of SQL for Athena whose brackets are not closed as well', () => {
    const sql = `with a as (select 1)${' ,a('.repeat(60_000)} select * from t`;
    expect(athenaLineage(sql).inputs).toEqual([{ kind: 'table', name: 't' }]);
  });
});
