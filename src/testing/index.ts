export {
  ConnectionCut,
  Fault,
  type FaultOptions,
  type Forward,
  type ProxiedAnswer,
  type ProxiedRequest,
} from './fault.js';
export { EmbeddedAws, type EmbeddedAwsOptions } from '../platform/embedded/index.js';
export { FakeClock } from './fake-clock.js';
export { FaultProxy } from './fault-proxy.js';
export { faults } from './faults.js';
export { invokeLambda, sqsEvent, type InvokeOptions } from './lambda.js';
export { MessageSpy, type SeenMessage } from './message-spy.js';
export { startTestBroker, TestBroker, type TestBrokerOptions } from './test-broker.js';
export { waitFor, type WaitOptions } from './wait-for.js';
export type { Clock, GivenClock, StopTimer, TimerCallback } from '../transport/clock.js';
