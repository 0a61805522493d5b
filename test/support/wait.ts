export { waitFor } from '../../src/transport/testing/wait-for.js';
