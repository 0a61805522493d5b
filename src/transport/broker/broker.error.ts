/**
 * An error of a broker, named by one of AWS's codes. `isNotFound`, `isAccessDenied` and `isTransient` go by that name.
 *
 * @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/CommonErrors.html
 */
export class BrokerError extends Error {
  readonly $fault = 'client';
  readonly $metadata = {};

  constructor(code: string, message: string) {
    super(`${code}: ${message}`);
    this.name = code;
  }
}

export const noSuchQueue = (queue: string): BrokerError =>
  new BrokerError('QueueDoesNotExist', `There is no queue ${queue}`);

export const noSuchTopic = (topic: string): BrokerError =>
  new BrokerError('NotFound', `There is no topic or subscription ${topic}`);
