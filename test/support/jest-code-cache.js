// Jest compiles each module again for every file of tests. V8 compiles faster what it has compiled before, if it is given
// what it made of the same text (`cachedData` of node:vm): this keeps that for as long as the process runs.
import vm from 'node:vm';

/** What V8 made of the text that a file had last. */
class CodeCache {
  #kept = new Map();

  /**
   * @param compile is given what V8 made of the same text before, or nothing.
   * @param cachedDataOf what V8 made, of what `compile` returned.
   */
  compiled(file, source, compile, cachedDataOf) {
    const kept = this.#kept.get(file);
    if (kept?.source === source) {
      try {
        return compile(kept.cachedData);
      } catch {
        // V8 refuses it once its flags have changed, and a faulty source fails again below.
      }
    }
    const made = compile();
    this.#kept.set(file, { source, cachedData: cachedDataOf(made) });
    return made;
  }
}

const modules = new CodeCache();
const functions = new CodeCache();
const { SourceTextModule, compileFunction } = vm;

let keeps = false;

/** Lets `node:vm` reuse what it has compiled in this process. */
export function keepCompiledCode() {
  if (keeps) return;
  keeps = true;
  vm.SourceTextModule = new Proxy(SourceTextModule, {
    construct: (target, [source, options], asked) =>
      modules.compiled(
        options.identifier,
        source,
        (cachedData) => Reflect.construct(target, [source, { ...options, cachedData }], asked),
        (made) => made.createCachedData(),
      ),
  });
  vm.compileFunction = (source, parameters, options) =>
    functions.compiled(
      options.filename,
      source,
      (cachedData) =>
        compileFunction(source, parameters, {
          ...options,
          cachedData,
          produceCachedData: cachedData === undefined,
        }),
      (made) => made.cachedData,
    );
}
