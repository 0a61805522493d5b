/**
 * What of this process's environment a program it starts may see: the variables that fit, and no others.
 *
 * @example
 * childEnvironment((name) => name === 'PATH' || name.startsWith('AWS_'));
 */
export const childEnvironment = (fits: (name: string) => boolean): Record<string, string> =>
  Object.fromEntries(
    Object.entries(process.env).flatMap(([name, value]) =>
      value !== undefined && fits(name) ? [[name, value]] : [],
    ),
  );
