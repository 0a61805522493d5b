// Exports the topology for AWS: node … export.ts [cloudformation | terraform | iam]
import { argv } from 'node:process';
import { cloudFormation, iamPolicies, terraformJson } from 'nestjs-sns-sqs/topology';
import { topology } from './orders.topology.js';

const exported = new Map<string, () => unknown>([
  ['cloudformation', () => cloudFormation(topology, { alarms: { maxAgeS: 600 } })],
  ['terraform', () => terraformJson(topology, { alarms: { maxAgeS: 600 } })],
  ['iam', () => iamPolicies(topology, { region: 'eu-central-1', account: '111122223333' })],
]);

const [, , format = 'cloudformation'] = argv;
const write = exported.get(format);
if (write === undefined) {
  console.error(`There is no format "${format}". Choose among ${[...exported.keys()].join(', ')}.`);
  process.exitCode = 2;
} else {
  console.log(JSON.stringify(write(), null, 2));
}
