import { withFormat } from '../../../messaging/index.js';
import { MetadataUpdateMessage } from '../sessions.dto.js';
import { feedbackCodec as ofFeedback } from './feedback.codec.js';
import { metadataCodec as ofMetadata } from './metadata.codec.js';

// Describes, for `weft schemas`, the messages that sessions send to other programs.

export const feedbackCodec = withFormat(ofFeedback, {
  contentType: 'text/plain',
  attributes: ['session_id', 'rating'],
  body: () => ({ type: 'string' }),
});

export const metadataCodec = withFormat(ofMetadata, {
  attributes: ['session_id', 'event'],
  body: ({ schemaOf }) => schemaOf(MetadataUpdateMessage),
});
