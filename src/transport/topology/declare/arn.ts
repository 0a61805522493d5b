/** What an ARN of a topic or a queue says. */
export interface Arn {
  readonly region: string;
  readonly account: string;
  readonly name: string;
}

// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html
const FORM =
  /^arn:aws(?:-[a-z]+)*:(?<service>sns|sqs):(?<region>[a-z0-9-]+):(?<account>\d{12}):(?<name>[\w-]+(?:\.fifo)?)$/;

const MAX_NAME_LENGTH = { sns: 256, sqs: 80 };

/** The parts of a topic's (`sns`) or a queue's (`sqs`) ARN; undefined for anything else. */
export function parseArn(text: string, service: 'sns' | 'sqs'): Arn | undefined {
  const { region, account, name, service: is } = FORM.exec(text)?.groups ?? {};
  if (is !== service || region === undefined || account === undefined || name === undefined)
    return undefined;
  return name.length <= MAX_NAME_LENGTH[service] ? { region, account, name } : undefined;
}

/** The region in the ARN that AWS gave a topic. */
export const regionOf = (arn: string): string => arn.split(':')[3] ?? '';
