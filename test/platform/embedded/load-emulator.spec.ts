import { describe, expect, it } from '@jest/globals';
import { EmulatorMissingError } from '../../../src/platform/embedded/embedded.errors.js';
import { loadEmulator } from '../../../src/platform/embedded/load-emulator.js';

describe('an emulator of the embedded stack', () => {
  it('that is not installed is named, with the command that installs it', async () => {
    const missing = new Error("Cannot find package 'dynalite'");

    const loading = loadEmulator('dynalite', () => Promise.reject(missing));

    await expect(loading).rejects.toBeInstanceOf(EmulatorMissingError);
    await expect(loading).rejects.toThrow(
      'The embedded stack needs the package dynalite, which cannot be loaded. Install both of its emulators (npm install --save-dev fauxqs dynalite)',
    );
    await expect(loading).rejects.toMatchObject({ cause: missing });
  });
});
