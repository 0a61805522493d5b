export { HealthNotes } from './health-notes.js';
export { HealthModule } from './health.module.js';
export { Readiness } from './readiness.js';
export type { Switches } from './switches.health.js';
