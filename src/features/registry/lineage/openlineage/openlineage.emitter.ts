import { Inject, Injectable } from '@nestjs/common';
import { lastValueFrom } from 'rxjs';
import { Outbox, outboxEntry, type PublishContext } from '../../../../platform/outbox/index.js';
import type { JsonObject } from '../../../../protocol/index.js';
import { PermanentError, RetryableError } from '../../../../transport/errors/index.js';
import { record, SnsSqsClient } from '../../../../transport/index.js';
import { RegistryRepository } from '../../registry.repository.js';
import { OPENLINEAGE_PATTERN, TO_ENDPOINT_KIND, TO_TOPIC_KIND } from './openlineage.constants.js';
import type { OpenLineageOptions } from './openlineage.settings.js';
import { runEventOf } from './run.event.js';

/** Injection token of `OpenLineageOptions`. */
export const OPENLINEAGE_OPTIONS = Symbol('OPENLINEAGE_OPTIONS');

const TOO_MANY_REQUESTS = 429;
const REQUEST_TIMEOUT = 408;

/** Sends completed steps as OpenLineage events to their topic, and to the endpoint if one is configured. */
@Injectable()
export class OpenLineageEmitter {
  constructor(
    private readonly repository: RegistryRepository,
    outbox: Outbox,
    @Inject(SnsSqsClient) private readonly client: Pick<SnsSqsClient, 'emit'>,
    @Inject(OPENLINEAGE_OPTIONS) private readonly options: OpenLineageOptions,
  ) {
    outbox.handle(TO_TOPIC_KIND, (_data, context) => this.#toTopic(context));
    outbox.handle(TO_ENDPOINT_KIND, (_data, context) => this.#toEndpoint(context));
  }

  async #toTopic({ id, documentId }: PublishContext): Promise<void> {
    const event = await this.#eventOf(documentId);
    if (event === undefined) return;
    const message = record(event).withId(id).build();
    await lastValueFrom(this.client.emit(OPENLINEAGE_PATTERN, message), {
      defaultValue: undefined,
    });
    if (this.options.url === undefined) return;
    // A separate entry, so that a failing endpoint repeats nothing on the topic.
    const onward = outboxEntry(TO_ENDPOINT_KIND, {}, { key: TO_ENDPOINT_KIND, id: `${id}-http` });
    await this.repository.publishOfStep(documentId, onward);
  }

  async #toEndpoint({ documentId, signal }: PublishContext): Promise<void> {
    const { url, apiKey } = this.options;
    const event = url === undefined ? undefined : await this.#eventOf(documentId);
    // The entry was written while an endpoint was configured; now there is none.
    if (url === undefined || event === undefined) return;
    const answer = await fetch(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(apiKey !== undefined && { authorization: `Bearer ${apiKey}` }),
      },
      body: JSON.stringify(event),
      signal,
      redirect: 'error',
    });
    await answer.body?.cancel();
    if (answer.ok) return;
    const { status } = answer;
    const text = `The OpenLineage endpoint answered ${status}`;
    if (status >= 500 || status === TOO_MANY_REQUESTS || status === REQUEST_TIMEOUT) {
      throw new RetryableError(text);
    }
    throw new PermanentError(
      `${text}. Check OPENLINEAGE_URL and OPENLINEAGE_API_KEY, then redrive`,
    );
  }

  async #eventOf(stepId: string): Promise<JsonObject | undefined> {
    const step = await this.repository.findStep(stepId);
    const job = step === null ? null : await this.repository.findJob(step.job_id);
    return step === null || job === null ? undefined : runEventOf(step, job);
  }
}
