/** A part of SQL that hides what is in it: a text, a quoted name, a dollar quote, or a comment. */
export interface HiddenText {
  readonly from: number;
  /** Before this. */
  readonly to: number;
  readonly comment: boolean;
}

const OPENING = /['"$]|--|\/\*/g;
const TAG = /\$(?:[A-Za-z_]\w*)?\$/y;

/**
 * Finds what hides a semicolon or a keyword, in time that grows with the length alone: one that is not closed
 * hides nothing, and what closes it is looked for once.
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

/** Where parts end. */
class Closing {
  /** The places of each dollar tag, in order; made when the first is met. */
  #tags: ReadonlyMap<string, readonly number[]> | undefined;
  /** Marks that do not come any more. */
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

/** The first of ascending places that is not before another. */
function firstFrom(places: readonly number[], least: number): number | undefined {
  let [low, high] = [0, places.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((places[middle] ?? 0) < least) low = middle + 1;
    else high = middle;
  }
  return places[low];
}
