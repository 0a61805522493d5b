// The embedded stack in a process of its own, to be killed and started again over the same folder.
import { EmbeddedAws } from '../../src/platform/embedded/index.js';

const [dataDir = '', accessKeyId = '', secretAccessKey = ''] = process.argv.slice(2);
process.on('disconnect', () => process.exit(1));
// A disk without room refuses a write; the signal that says so must not end the process.
process.on('SIGXFSZ', () => undefined);
const embedded = await EmbeddedAws.start({
  dataDir,
  credentials: { accessKeyId, secretAccessKey },
});
process.send?.(embedded.clientOptions());
