/** The parts of an ARN. */
interface Arn {
  /** `aws`, or `aws-cn` in China and `aws-us-gov` in GovCloud. */
  readonly partition: string;
  /** Such as `sqs` or `s3`. */
  readonly service: string;
  /** Empty if names are unique in the partition, such as those of buckets. */
  readonly region: string;
  /** Empty if the name is enough, such as for buckets. */
  readonly account: string;
  /** Everything after the account, including colons and slashes. */
  readonly resource: string;
}

// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html
const FORM =
  /^arn:(?<partition>aws(?:-[a-z]+)*):(?<service>[a-z0-9-]+):(?<region>[a-z0-9-]*):(?<account>[\w-]*):(?<resource>[^\s\p{Cc}]+)$/u;

/** Longer than any ARN of AWS. */
const MAX_LENGTH = 2048;

/** The parts of an ARN of any service; undefined for anything else. */
export function parseArn(text: string): Arn | undefined {
  const parts = text.length > MAX_LENGTH ? undefined : FORM.exec(text)?.groups;
  if (!parts) return undefined;
  const { partition = '', service = '', region = '', account = '', resource = '' } = parts;
  return { partition, service, region, account, resource };
}

/** The parts of a topic's or a queue's ARN. */
interface NamedArn {
  /** `aws`, or `aws-cn` in China and `aws-us-gov` in GovCloud. */
  readonly partition: string;
  readonly region: string;
  readonly account: string;
  readonly name: string;
}

/** Some ARNs have a word there, such as `aws`. */
const ACCOUNT = /^\d{12}$/;
const NAME = /^[\w-]+(?:\.fifo)?$/;
/** The `.fifo` of a FIFO name counts. */
const MAX_NAME_LENGTH = { sns: 256, sqs: 80 };

function parseNamed(text: string, service: 'sns' | 'sqs'): NamedArn | undefined {
  const arn = parseArn(text);
  if (arn?.service !== service || arn.region === '' || !ACCOUNT.test(arn.account)) return undefined;
  const { partition, region, account, resource: name } = arn;
  return name.length <= MAX_NAME_LENGTH[service] && NAME.test(name)
    ? { partition, region, account, name }
    : undefined;
}

/** The parts of a topic's ARN; undefined for anything else, a subscription's ARN included. */
export const parseTopicArn = (text: string): NamedArn | undefined => parseNamed(text, 'sns');

/** The parts of a queue's ARN; undefined for anything else. */
export const parseQueueArn = (text: string): NamedArn | undefined => parseNamed(text, 'sqs');

/** Whether a name is meant as an ARN, well formed or not. */
export const isArn = (name: string): boolean => name.startsWith('arn:');

/** The region in an ARN that AWS gave; empty where it has none. */
export const regionOf = (arn: string): string => parseArn(arn)?.region ?? '';

/** The account in an ARN that AWS gave; empty where it has none. */
export const accountOf = (arn: string): string => parseArn(arn)?.account ?? '';

/** The partition in an ARN that AWS gave. */
export const partitionOf = (arn: string): string => parseArn(arn)?.partition ?? '';

/** The ARN of another name of the same service, region and account. */
export function siblingArn(arn: string, name: string): string {
  const { partition = '', service = '', region = '', account = '' } = parseArn(arn) ?? {};
  return `arn:${partition}:${service}:${region}:${account}:${name}`;
}
