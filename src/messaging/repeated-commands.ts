import { Inject, Injectable } from '@nestjs/common';
import { parseResult } from '../protocol/index.js';
import { commandCodec, type SnsSqsContext, type Topology } from '../transport/index.js';
import { TOPOLOGY } from './messaging.constants.js';
import { ResultPublisher } from './result-publisher.js';

/**
 * Answers redelivered Commands: their Result is published once more, word for word as it was. A sender that sent the
 * Command twice has not got it.
 */
@Injectable()
export class RepeatedCommands {
  readonly #queues: ReadonlySet<string>;

  constructor(
    private readonly publisher: ResultPublisher,
    @Inject(TOPOLOGY) { queues }: Topology,
  ) {
    this.#queues = new Set(
      queues.filter(({ codec }) => codec === commandCodec).map(({ name }) => name),
    );
  }

  /** @param answer what the handler gave; a Result too large to keep is not published again. */
  async answer(
    { queue }: Pick<SnsSqsContext, 'queue'>,
    answer: readonly unknown[] | undefined,
  ): Promise<void> {
    const [result] = answer ?? [];
    if (result === undefined || !this.#queues.has(queue)) return;
    await this.publisher.publish(parseResult(result));
  }
}
