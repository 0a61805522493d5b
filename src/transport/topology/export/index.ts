export type { AlarmOptions, ExportOptions } from './alarms.js';
export {
  cloudFormation,
  type CloudFormationResource,
  type CloudFormationTemplate,
} from './cloud-formation.js';
export { iamPolicies, type IamOptions, type IamPolicies } from './iam-policies.js';
export type { IamPolicy, IamStatement } from './iam-policy.js';
export { terraformJson, type TerraformJson } from './terraform-json.js';
