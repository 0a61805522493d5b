import { isArn } from '../../../common/arn.js';
import { TopologyError } from '../../errors/index.js';
import {
  processQueueNames,
  processQueueWildcards,
} from '../../process-queue/process-queue.names.js';
import { isUrl } from '../../../common/resource-names.js';

/** Region and account of topics and queues that a topology names without ARN or URL. */
export interface Place {
  /** Region, or `*` for any. */
  readonly region: string;
  /** Twelve digits, or `*` for any account. */
  readonly account: string;
  /** `aws-cn` in China, `aws-us-gov` in GovCloud. @defaultValue 'aws' */
  readonly partition?: string;
}

/** The ARNs of a topology's names, URLs and keys in one region and account. */
export class Arns {
  /** @throws TopologyError when region or account cannot be part of an ARN. */
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

  /** A queue named by URL is in this region, and in the account of the URL. */
  queue(name: string): string {
    if (isArn(name)) return name;
    if (!isUrl(name)) return this.#arn('sqs', name);
    const [account = '', queue = ''] = new URL(name).pathname.split('/').slice(-2);
    return this.#arn('sqs', queue, account);
  }

  /** The per-process queues of a declared name. */
  ownQueues(name: string): string {
    return this.#arn('sqs', processQueueWildcards(processQueueNames(name)));
  }

  /** The per-process reply queues of a prefix. */
  replyQueues(prefix: string): string {
    return this.#arn('sqs', processQueueWildcards({ prefix, suffix: '' }));
  }

  /** Queues with a common prefix. */
  queuesFrom(prefix: string): string {
    return this.#arn('sqs', `${prefix}*`);
  }

  /** The service names by which KMS knows SQS and SNS when they use a key for a caller. */
  get viaServices(): string[] {
    const { region } = this.place;
    const domain = this.#partition === 'aws-cn' ? 'amazonaws.com.cn' : 'amazonaws.com';
    return ['sqs', 'sns'].map((service) => `${service}.${region}.${domain}`);
  }

  /** A key by id or ARN; every key for an alias, because a policy can name aliases only in a condition. */
  key(kmsKeyId: string): string {
    if (isArn(kmsKeyId)) return kmsKeyId.replace(/:alias\/.*/, ':key/*');
    return this.#arn('kms', kmsKeyId.startsWith('alias/') ? 'key/*' : `key/${kmsKeyId}`);
  }

  /** All objects of a bucket. */
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
