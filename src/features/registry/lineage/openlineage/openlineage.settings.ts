import {
  defineSettings,
  isEndpoint,
  isPlainText,
  Setting,
} from '../../../../platform/config/index.js';

/** Where OpenLineage events are sent besides their topic. */
export interface OpenLineageOptions {
  /** The full URL of the endpoint; undefined: none. */
  readonly url: string | undefined;
  readonly apiKey: string | undefined;
}

const DEFAULT_ENDPOINT = 'api/v1/lineage';

class OpenLineageEnvironment {
  @Setting({
    meaning: 'The OpenLineage backend that completed steps are sent to, besides their topic.',
    default: 'none',
    accepts: 'an http or https address',
    check: isEndpoint,
  })
  readonly OPENLINEAGE_URL?: string;

  @Setting({
    meaning: 'The path of its endpoint.',
    default: DEFAULT_ENDPOINT,
    accepts: 'a path',
    check: isPlainText,
  })
  readonly OPENLINEAGE_ENDPOINT?: string;

  @Setting({
    meaning: 'The bearer key of that backend.',
    default: 'none',
    accepts: 'text without line breaks',
    check: isPlainText,
    secret: true,
  })
  readonly OPENLINEAGE_API_KEY?: string;
}

/** The settings of OpenLineage, with the names that its other clients use. */
export const openLineageSettings = defineSettings({
  title: 'OpenLineage',
  environment: OpenLineageEnvironment,
  read({ OPENLINEAGE_URL, OPENLINEAGE_ENDPOINT, OPENLINEAGE_API_KEY }): OpenLineageOptions {
    const path = (OPENLINEAGE_ENDPOINT ?? DEFAULT_ENDPOINT).replace(/^\/+/, '');
    return {
      url: OPENLINEAGE_URL && `${OPENLINEAGE_URL.replace(/\/+$/, '')}/${path}`,
      apiKey: OPENLINEAGE_API_KEY,
    };
  },
});
