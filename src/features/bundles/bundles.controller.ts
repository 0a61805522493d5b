import { Controller } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import { InvalidMessageError, PermanentError, WeftError } from '../../transport/errors/index.js';
import { OnEvent, SnsSqsContext } from '../../transport/index.js';
import { BundleMetrics } from './bundles.metrics.js';
import { Bundler } from './gathering/bundler.js';
import { ANNOUNCED_PATTERN } from './intake/announcement.codec.js';
import type { Announcement } from './intake/announcement.js';

/** Maximum number of reasons named for one message. */
const MAX_REASONS = 5;

@Controller()
export class BundlesController {
  constructor(
    private readonly bundler: Bundler,
    private readonly metrics: BundleMetrics,
  ) {}

  /**
   * Ends when every object of the message has an outcome. If a failure can be retried, the message is retried;
   * otherwise it is dead-lettered with the reason, while its other objects are in their bundles.
   */
  @OnEvent(ANNOUNCED_PATTERN)
  async announced(
    @Payload() announcement: Announcement,
    @Ctx() { isLastAttempt }: SnsSqsContext,
  ): Promise<void> {
    this.metrics.announced(announcement);
    const outcomes = await Promise.allSettled(
      announcement.objects.map((object) => this.bundler.add(object)),
    );
    const errors = outcomes.flatMap((one): Error[] => {
      if (one.status === 'rejected') return [errorOf(one.reason)];
      if (one.value === 'repeated') this.metrics.repeated();
      return [];
    });
    const again = errors.find(isRetryable);
    if (again !== undefined && !isLastAttempt) throw again;
    const reasons = [...announcement.malformed, ...errors.map(({ message }) => message)];
    if (reasons.length > 0) throw accounted(reasons, errors.length > 0);
  }
}

function accounted(reasons: readonly string[], readable: boolean): WeftError {
  const more = reasons.length - MAX_REASONS;
  const told = [...reasons.slice(0, MAX_REASONS), ...(more > 0 ? [`and ${more} more`] : [])];
  const text = told.join('; ');
  return readable ? new PermanentError(text) : new InvalidMessageError(text);
}

const isRetryable = (error: Error): boolean => !(error instanceof WeftError) || error.retryable;

const errorOf = (reason: unknown): Error =>
  reason instanceof Error ? reason : new Error(String(reason));
