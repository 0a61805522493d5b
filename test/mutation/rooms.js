// The rooms of the transport whose mutants are tested, and the tests that judge them.

/** Name of a room → what of it is mutated. */
export const ROOMS = {
  settling: 'src/transport/server/settling/*.ts',
  dispatching: 'src/transport/server/dispatching/*.ts',
  leases: 'src/transport/server/leases/*.ts',
  sender: 'src/transport/sender/*.ts',
};

/** Percent of a room's mutants that the tests must notice. */
export const LEAST_KILLED = 90;

/**
 * Run for a mutant in this order, as far as they reach it, up to the first that fails: in process, without a socket, the quick ones
 * first. Files of `test/`.
 */
export const JUDGES = [
  'transport/server/settling/back-off.spec.ts',
  'transport/server/settling/failure.policy.spec.ts',
  'transport/server/settling/handed-in.settlement.spec.ts',
  'transport/server/settling/acknowledger.spec.ts',
  'transport/server/settling/followers.spec.ts',
  'transport/server/settling/dead-letter.spec.ts',
  'transport/server/settling/settlement.spec.ts',
  'transport/server/dispatching/dispatcher.spec.ts',
  'transport/server/dispatching/held-work.spec.ts',
  'transport/server/dispatching/fifo.dispatcher.spec.ts',
  'transport/server/leases/lease.spec.ts',
  'transport/server/leases/visibility.changer.spec.ts',
  'transport/server/leases/heartbeat.spec.ts',
  'transport/server/leases/lease.registry.spec.ts',
  'transport/server/queue.consumer.spec.ts',
  'transport/server/handling/message.processor.spec.ts',
  'transport/server/handling/batch/fifo-batches.spec.ts',
  'transport/sender/channel.spec.ts',
  'transport/sender/send-buffer.spec.ts',
  'transport/sender/outgoing-message.spec.ts',
  'transport/sender/sending.spec.ts',
  'transport/sender/sender.spec.ts',
  'simulation/receiving.spec.ts',
  'simulation/crashes.spec.ts',
];
