import { contenderOf } from '../assigned-contender.js';
import { assigned, courseOf, report } from '../assignment.js';
import { Meter } from '../meter.js';

const assignment = await assigned();
const meter = new Meter(assignment.warmUp, assignment.messages);
await contenderOf(assignment).start(courseOf(assignment, meter.done));
report(await meter.measured);
