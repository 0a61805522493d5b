/** A part of SQL whose contents are not syntax: a text, a quoted name, a dollar quote, or a comment. */
export interface HiddenText {
  readonly from: number;
  /** End, exclusive. */
  readonly to: number;
  readonly comment: boolean;
}

const OPENING = /['"$]|--|\/\*/g;
const TAG = /\$(?:[A-Za-z_]\w*)?\$/y;

/**
 * Finds the parts in which a semicolon or keyword does not count, in linear time. A part that is not closed does not
 * count as one; each closing mark is searched for once.
 */
export function* hiddenTexts(sql: string): Iterable<HiddenText> {
  const closing = new Closing(sql);
  const opening = new RegExp(OPENING);
  for (let match = opening.exec(sql); match !== null; match = opening.exec(sql)) {
    const { index: from, 0: mark } = match;
    const to = closing.of(mark, from);
    if (to === undefined) continue;
    yield { from, to, comment: mark === '--' || mark === '/*' };
    opening.lastIndex = to;
  }
}

/** Finds the ends of parts. */
class Closing {
  /** The positions of each dollar tag, in order; computed when the first one is met. */
  #tags: ReadonlyMap<string, readonly number[]> | undefined;
  /** Marks without further occurrences. */
  readonly #missing = new Set<string>();

  constructor(private readonly sql: string) {}

  of(mark: string, from: number): number | undefined {
    if (mark === '$') return this.#ofTag(from);
    if (mark === '--') return this.#next('\n', from) ?? this.sql.length;
    const close = mark === '/*' ? '*/' : mark;
    const at = this.#next(close, from + mark.length);
    return at === undefined ? undefined : at + close.length;
  }

  #next(text: string, from: number): number | undefined {
    if (this.#missing.has(text)) return undefined;
    const at = this.sql.indexOf(text, from);
    if (at >= 0) return at;
    this.#missing.add(text);
    return undefined;
  }

  #ofTag(from: number): number | undefined {
    const tag = tagAt(this.sql, from);
    if (tag === undefined) return undefined;
    this.#tags ??= tagsOf(this.sql);
    const end = from + tag.length;
    const at = firstFrom(this.#tags.get(tag) ?? [], end);
    return at === undefined ? undefined : at + tag.length;
  }
}

function tagAt(sql: string, at: number): string | undefined {
  TAG.lastIndex = at;
  return TAG.exec(sql)?.[0];
}

function tagsOf(sql: string): Map<string, number[]> {
  const tags = new Map<string, number[]>();
  for (let at = sql.indexOf('$'); at >= 0; at = sql.indexOf('$', at + 1)) {
    const tag = tagAt(sql, at);
    if (tag === undefined) continue;
    const places = tags.get(tag);
    if (places) places.push(at);
    else tags.set(tag, [at]);
  }
  return tags;
}

/** The first of ascending positions that is at least `least`. */
function firstFrom(places: readonly number[], least: number): number | undefined {
  let [low, high] = [0, places.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((places[middle] ?? 0) < least) low = middle + 1;
    else high = middle;
  }
  return places[low];
}
