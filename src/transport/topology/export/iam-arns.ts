import { isArn } from '../../../common/arn.js';
import { TopologyError } from '../../errors/index.js';
import {
  processQueueNames,
  processQueueWildcards,
} from '../../process-queue/process-queue.names.js';
import { isUrl } from '../declare/names.js';

/** Where the topics and queues of a topology are that it names by their names alone. */
export interface Place {
  /** Region, or `*` for any. */
  readonly region: string;
  /** Twelve digits, or `*` for any account. */
  readonly account: string;
  /** `aws-cn` in China, `aws-us-gov` in GovCloud. @defaultValue 'aws' */
  readonly partition?: string;
}

/** The ARNs that names, URLs and keys of a topology stand for in one place. */
export class Arns {
  /** @throws TopologyError when the place could not be part of an ARN. */
  constructor(private readonly place: Place) {
    const { region, account } = place;
    const faults = [
      ...(/^([a-z\d-]+|\*)$/.test(region) ? [] : [`region is "${region}", must be a region or *`]),
      ...(/^(\d{12}|\*)$/.test(account)
        ? []
        : [`account is "${account}", must have 12 digits or be *`]),
    ];
    if (faults.length > 0) throw new TopologyError(faults.join('; '));
  }

  topic(name: string): string {
    return isArn(name) ? name : this.#arn('sns', name);
  }

  /** A queue that is named by its URL is of this region, and the URL names its account. */
  queue(name: string): string {
    if (isArn(name)) return name;
    if (!isUrl(name)) return this.#arn('sqs', name);
    const [account = '', queue = ''] = new URL(name).pathname.split('/').slice(-2);
    return this.#arn('sqs', queue, account);
  }

  /** The queues that processes make for themselves under a name. */
  ownQueues(name: string): string {
    return this.#arn('sqs', processQueueWildcards(processQueueNames(name)));
  }

  /** The reply queues that processes make for themselves under a prefix. */
  replyQueues(prefix: string): string {
    return this.#arn('sqs', processQueueWildcards({ prefix, suffix: '' }));
  }

  /** Queues whose names start alike. */
  queuesFrom(prefix: string): string {
    return this.#arn('sqs', `${prefix}*`);
  }

  /** What KMS knows SQS and SNS by, where they use a key for somebody. */
  get viaServices(): string[] {
    const { region } = this.place;
    const domain = this.#partition === 'aws-cn' ? 'amazonaws.com.cn' : 'amazonaws.com';
    return ['sqs', 'sns'].map((service) => `${service}.${region}.${domain}`);
  }

  /** A key by id or ARN; of an alias every key, as a policy knows keys of aliases by a condition alone. */
  key(kmsKeyId: string): string {
    if (isArn(kmsKeyId)) return kmsKeyId.replace(/:alias\/.*/, ':key/*');
    return this.#arn('kms', kmsKeyId.startsWith('alias/') ? 'key/*' : `key/${kmsKeyId}`);
  }

  /** Everything in a bucket. */
  objects(bucket: string): string {
    return `arn:${this.#partition}:s3:::${bucket}/*`;
  }

  get #partition(): string {
    return this.place.partition ?? 'aws';
  }

  #arn(service: string, name: string, account = this.place.account): string {
    return `arn:${this.#partition}:${service}:${this.place.region}:${account}:${name}`;
  }
}
