import { EmulatorMissingError } from './embedded.errors.js';

/**
 * Loads an emulator.
 *
 * @throws {EmulatorMissingError} when it is not installed.
 */
export async function loadEmulator<T>(name: string, load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (error) {
    throw new EmulatorMissingError(name, error);
  }
}
