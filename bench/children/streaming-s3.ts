import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { AwsClientsOptions } from '../../src/aws/index.js';

// The least of S3 that the bundler needs, made on the fly and kept nowhere: an object is as large as its
// key says (`1024-17` has 1024 bytes), and what is uploaded is read and let go.

const PIECE = Buffer.alloc(64 * 1024);
for (let at = 0; at < PIECE.length; at++) PIECE[at] = (at * 2654435761) >>> ((at % 13) % 256);

const xml = (name: string, content: string): string =>
  `<?xml version="1.0"?><${name} xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${content}</${name}>`;

const server = createServer((request, response) => {
  const url = new URL(request.url ?? '/', 'http://localhost');
  if (request.method === 'GET') {
    let left = Number(/(\d+)-\d+$/.exec(url.pathname)?.[1] ?? 0);
    response.writeHead(200, { 'Content-Length': left, ETag: '"e"' });
    const write = (): void => {
      while (left > 0) {
        const piece = PIECE.subarray(0, left);
        left -= piece.length;
        if (!response.write(piece) && left > 0) {
          response.once('drain', write);
          return;
        }
      }
      response.end();
    };
    write();
    return;
  }
  request.resume();
  request.on('end', () => {
    response.setHeader('ETag', '"e"');
    if (url.searchParams.has('uploads')) {
      response.end(xml('InitiateMultipartUploadResult', '<UploadId>u</UploadId>'));
    } else if (request.method === 'POST') {
      response.end(xml('CompleteMultipartUploadResult', '<ETag>e</ETag>'));
    } else response.end();
  });
});

server.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo;
  const options: AwsClientsOptions = {
    region: 'us-east-1',
    endpoint: `http://127.0.0.1:${port}`,
    credentials: { accessKeyId: 'bench', secretAccessKey: 'bench' },
  };
  process.send?.(options);
});
process.once('disconnect', () => process.exit(0));
