export * from './idempotency.errors.js';
export * from './message.errors.js';
export * from './transport.errors.js';
export * from './weft.error.js';
