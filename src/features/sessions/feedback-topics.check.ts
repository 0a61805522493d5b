import { GetTopicAttributesCommand } from '@aws-sdk/client-sns';
import { Inject, Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { parseTopicArn } from '../../common/arn.js';
import { AwsClients, isAccessDenied, isNotFound } from '../../aws/index.js';
import { ConfigurationError, type ConfigurationFault } from '../../platform/config/index.js';
import { SESSIONS_OPTIONS, type SessionsOptions } from './sessions.options.js';

/**
 * Checks at start that the feedback topics given by ARN exist. Topics given by name are part of the topology, which is
 * checked anyway.
 */
@Injectable()
export class FeedbackTopicsCheck implements OnModuleInit {
  readonly #logger = new Logger('Sessions');

  constructor(
    private readonly aws: AwsClients,
    @Inject(SESSIONS_OPTIONS) private readonly options: SessionsOptions,
  ) {}

  /** @throws {ConfigurationError} naming each topic that does not exist */
  async onModuleInit(): Promise<void> {
    const { good, bad, neutral } = this.options.feedbackTopics;
    const faults = await Promise.all([
      this.#fault('SNS_TOPIC_FEEDBACK_GOOD', good),
      this.#fault('SNS_TOPIC_FEEDBACK_BAD', bad),
      this.#fault('SNS_TOPIC_FEEDBACK_NEUTRAL', neutral),
    ]);
    const found = faults.filter((fault) => fault !== undefined);
    if (found.length > 0) throw new ConfigurationError(found);
  }

  async #fault(variable: string, topic: string): Promise<ConfigurationFault | undefined> {
    const region = parseTopicArn(topic)?.region;
    if (region === undefined) return undefined;
    try {
      await this.aws.snsIn(region).send(new GetTopicAttributesCommand({ TopicArn: topic }));
      return undefined;
    } catch (error) {
      // A role that may publish need not have permission to read the topic.
      if (isAccessDenied(error)) {
        this.#logger.debug(
          { topic },
          'Feedback topic not checked: sns:GetTopicAttributes is denied',
        );
        return undefined;
      }
      if (!isNotFound(error)) throw error;
      return {
        variable,
        problem: `names the topic ${topic}, which does not exist`,
        remedy: 'Create the topic, correct the ARN, or set the variable to none',
      };
    }
  }
}
