import { isAccessDenied } from '../../aws/index.js';
import type { DoctorCheck } from '../../platform/cli/index.js';
import { planTopology } from '../../transport/topology/index.js';
import { appTopology } from '../app.topology.js';

const DIFFERS =
  'See the changes with "weft topology plan", and make them with "weft topology apply --yes"';

/** Compares topics, queues and subscriptions with the declared topology: a line for each difference. */
export const checkTopology: DoctorCheck = async ({ settings, aws }) => {
  const topology = appTopology(settings);
  const check = 'Topics and queues';
  try {
    const { differences } = await planTopology(topology, aws);
    if (differences.length > 0) {
      return differences.map((detail) => ({ check, ok: false, detail, remedy: DIFFERS }));
    }
    const { topics, queues } = topology;
    const detail = `${topics.length} topics and ${queues.length} queues match the declared topology`;
    return [{ check, ok: true, detail }];
  } catch (error) {
    if (!isAccessDenied(error)) throw error;
    return [
      {
        check,
        ok: false,
        detail: error instanceof Error ? error.message : String(error),
        remedy: 'Give the role the rights of "weft topology export iam --account ID"',
      },
    ];
  }
};
