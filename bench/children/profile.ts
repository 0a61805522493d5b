import { Session } from 'node:inspector';
import { contenderOf } from '../assigned-contender.js';
import { assigned, courseOf, report } from '../assignment.js';
import { Meter } from '../meter.js';

const SAMPLE_US = 200;

// In its own process the profiler answers at once, so the profile begins and ends with the measurement.
const session = new Session();
session.connect();
session.post('Profiler.enable');
session.post('Profiler.setSamplingInterval', { interval: SAMPLE_US });
const profiled = Promise.withResolvers<unknown>();
const assignment = await assigned();
const meter = new Meter(assignment.warmUp, assignment.messages, {
  onStart: () => session.post('Profiler.start'),
  onEnd: () =>
    session.post('Profiler.stop', (error, { profile }) =>
      error ? profiled.reject(error) : profiled.resolve(profile),
    ),
});
await contenderOf(assignment).start(courseOf(assignment, meter.done));
report({ measured: await meter.measured, profile: await profiled.promise });
