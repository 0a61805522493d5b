import type { IamStatement } from '../../transport/topology/export/index.js';
import { EVERY_CONTAINER, type AllowedContainers } from '../../messaging/index.js';

const OBJECT_ACTIONS = [
  's3:GetObject',
  's3:PutObject',
  's3:DeleteObject',
  's3:AbortMultipartUpload',
];

/** The S3 rights that storage Commands need on their containers. */
export function storagePermissions(containers: AllowedContainers): readonly IamStatement[] {
  const names = containers === EVERY_CONTAINER ? ['*'] : [...containers];
  return [
    {
      Sid: 'Objects',
      Effect: 'Allow',
      Action: OBJECT_ACTIONS,
      Resource: names.map((name) => `arn:aws:s3:::${name}/*`),
    },
    {
      // Without it S3 answers 403 instead of 404 for an object that does not exist.
      Sid: 'Listings',
      Effect: 'Allow',
      Action: ['s3:ListBucket'],
      Resource: names.map((name) => `arn:aws:s3:::${name}`),
    },
  ];
}
