import type { DoctorCheck } from '../../platform/cli/index.js';

/** Checks that the folder of the embedded stack can be used, or names the process that has it. */
export const checkDataFolder: DoctorCheck = async ({ settings: { dataDir } }) => {
  const check = 'Data folder';
  if (dataDir === ':memory:') return [{ check, ok: true, detail: 'none: nothing is kept' }];
  const { EmbeddedAws, EmbeddedDataDirInUseError } =
    await import('../../platform/embedded/index.js');
  try {
    const embedded = await EmbeddedAws.start({ dataDir });
    await embedded.stop();
    return [{ check, ok: true, detail: dataDir }];
  } catch (error) {
    // A running service is no fault.
    if (!(error instanceof EmbeddedDataDirInUseError)) throw error;
    return [{ check, ok: true, detail: error.message }];
  }
};
