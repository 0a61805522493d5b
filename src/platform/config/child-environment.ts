/**
 * The part of this process's environment that a child process may see: only the variables that fit.
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
