import type { Type } from '@nestjs/common';
import { packageVersion } from '../../platform/http/package-version.js';
import type { Topology } from '../../transport/index.js';
import { describeMessages, type Described } from './asyncapi.document.js';
import { DOCUMENT_DESCRIPTION, DOCUMENT_TITLE } from './schemas.constants.js';

/** The description of the service's messages, for HTTP and for `weft schemas`. */
export const describeService = async (
  topology: Topology,
  controllers: readonly Type[],
): Promise<Described> =>
  describeMessages({
    title: DOCUMENT_TITLE,
    description: DOCUMENT_DESCRIPTION,
    version: await packageVersion(),
    topology,
    controllers,
  });
