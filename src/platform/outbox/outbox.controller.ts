import { Controller, Get, HttpCode, NotFoundException, Param, Post, Query } from '@nestjs/common';
import { readText, type QueryString } from '../../protocol/query-string.js';
import { Outbox, type ParkedInDocument } from './outbox.js';

/** Longer than any id of a document of the service. */
const MAX_DOCUMENT_ID_LENGTH = 1024;

/** An entry without its data, which may be personal. */
interface ShownEntry {
  readonly entry_id: string;
  readonly document_id: string;
  readonly kind: string;
  readonly key: string;
  readonly attempts: number;
  readonly since: string;
  readonly parked_at: string;
  readonly reason: string;
}

/** The outbox over HTTP: its backlog, its parked entries, and their redrive. */
@Controller('api/outbox')
export class OutboxController {
  constructor(private readonly outbox: Outbox) {}

  @Get()
  async backlog(): Promise<object> {
    const backlog = await this.outbox.backlog();
    return {
      collections: backlog.map(({ collection, due, oldestAgeMs, parked }) => ({
        collection,
        due_documents: due,
        oldest_age_ms: oldestAgeMs,
        parked_documents: parked,
      })),
    };
  }

  /** Sorted by document; `after` is the last `document_id` of the previous page. */
  @Get(':collection/parked')
  async parked(
    @Param('collection') collection: string,
    @Query() query: QueryString,
  ): Promise<object> {
    this.#assertRelayed(collection);
    const after = readText(query, 'after', MAX_DOCUMENT_ID_LENGTH);
    const entries = await this.outbox.parked(
      { name: collection },
      after === undefined ? {} : { afterDocumentId: after },
    );
    return { count: entries.length, entries: entries.map(shown) };
  }

  @Post(':collection/parked/:document/:entry/redrive')
  @HttpCode(200)
  async redrive(
    @Param('collection') collection: string,
    @Param('document') documentId: string,
    @Param('entry') entryId: string,
  ): Promise<object> {
    this.#assertRelayed(collection);
    if (!(await this.outbox.redrive({ name: collection }, documentId, entryId))) {
      throw new NotFoundException('No such parked entry');
    }
    return { entry_id: entryId, redriven: true };
  }

  #assertRelayed(collection: string): void {
    if (!this.outbox.collections.includes(collection)) {
      throw new NotFoundException('No such outbox');
    }
  }
}

const shown = (entry: ParkedInDocument): ShownEntry => ({
  entry_id: entry.id,
  document_id: entry.documentId,
  kind: entry.kind,
  key: entry.key,
  attempts: entry.attempts,
  since: entry.since.toISOString(),
  parked_at: entry.parked_at.toISOString(),
  reason: entry.reason,
});
