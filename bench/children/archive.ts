import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { BundleArchive } from '../../src/features/bundles/archive/bundle-archive.js';

/** What is to be archived. */
export interface ArchiveTask {
  readonly folder: string;
  readonly level: number;
}

/** What it took, from the first file to the last byte. */
export interface ArchiveFigures {
  readonly ms: number;
  readonly bytes: number;
}

process.on('message', (task: ArchiveTask) => void archive(task));

async function archive({ folder, level }: ArchiveTask): Promise<void> {
  const startedMs = performance.now();
  const bundle = new BundleArchive(level);
  for (const name of (await readdir(folder)).toSorted()) {
    const identity = { bucket: 'files', key: name, version_id: null, sequencer: '1' };
    await bundle.add({ ...identity, name, etag: null }, await readFile(join(folder, name)));
  }
  const { size } = await bundle.close();
  const figures: ArchiveFigures = { ms: performance.now() - startedMs, bytes: size };
  await bundle.dispose();
  process.send?.(figures);
}
