/** What an ARN of a topic or a queue says. */
export interface Arn {
  /** `aws`, or `aws-cn` in China and `aws-us-gov` in GovCloud. */
  readonly partition: string;
  readonly region: string;
  readonly account: string;
  readonly name: string;
}

// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html
const FORM =
  /^arn:(?<partition>aws(?:-[a-z]+)*):(?<service>sns|sqs):(?<region>[a-z0-9-]+):(?<account>\d{12}):(?<name>[\w-]+(?:\.fifo)?)$/;

const MAX_NAME_LENGTH = { sns: 256, sqs: 80 };

/** The parts of a topic's (`sns`) or a queue's (`sqs`) ARN; undefined for anything else. */
export function parseArn(text: string, service: 'sns' | 'sqs'): Arn | undefined {
  const { partition, region, account, name, service: is } = FORM.exec(text)?.groups ?? {};
  if (is !== service || !partition || !region || !account || !name) return undefined;
  return name.length <= MAX_NAME_LENGTH[service] ? { partition, region, account, name } : undefined;
}

/** The region in the ARN that AWS gave a topic. */
export const regionOf = (arn: string): string => arn.split(':')[3] ?? '';

/** The account in an ARN that AWS gave. */
export const accountOf = (arn: string): string => arn.split(':')[4] ?? '';

/** The partition in an ARN that AWS gave. */
export const partitionOf = (arn: string): string => arn.split(':')[1] ?? '';

/** ARN of a queue of another name beside one that AWS gave. */
export const siblingArn = (arn: string, name: string): string =>
  [...arn.split(':').slice(0, 5), name].join(':');
