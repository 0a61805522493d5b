import type { DynamicModule, Type } from '@nestjs/common';

type Imported = NonNullable<DynamicModule['imports']>[number];

/** Every controller of modules and of their imports, without creating an application. */
export function controllersOf(modules: readonly Imported[]): readonly Type[] {
  const seen = new Set<unknown>();
  const controllers = new Set<Type>();
  const look = (given: unknown): void => {
    if (typeof given !== 'object' && typeof given !== 'function') return;
    if (given === null || seen.has(given)) return;
    seen.add(given);
    const dynamic: Partial<DynamicModule> = 'module' in given ? (given as DynamicModule) : {};
    const type: object = dynamic.module ?? given;
    const listed = (key: string): unknown[] => (Reflect.getMetadata(key, type) ?? []) as unknown[];
    for (const one of [...(dynamic.controllers ?? []), ...listed('controllers')])
      controllers.add(one as Type);
    for (const one of [...(dynamic.imports ?? []), ...listed('imports')]) look(one);
  };
  for (const module of modules) look(module);
  return [...controllers];
}
