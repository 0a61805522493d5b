import { EmbeddedAws } from 'weft/embedded';

// The emulator has a process of its own, so that its CPU is nobody else's.
const embedded = await EmbeddedAws.start();
process.send?.(embedded.clientOptions());
process.once('disconnect', () => void embedded.stop().then(() => process.exit(0)));
