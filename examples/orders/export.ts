// Exports the topology for AWS: node … export.ts cloudformation | terraform | iam
import { argv } from 'node:process';
import { cloudFormation, iamPolicies, terraformJson } from 'nestjs-sns-sqs/topology';
import { topology } from './orders.topology.js';

const exported = {
  cloudformation: () => cloudFormation(topology, { alarms: { maxAgeS: 600 } }),
  terraform: () => terraformJson(topology, { alarms: { maxAgeS: 600 } }),
  iam: () => iamPolicies(topology, { region: 'eu-central-1', account: '111122223333' }),
};
const format = (argv[2] ?? 'cloudformation') as keyof typeof exported;
console.log(JSON.stringify(exported[format](), null, 2));
