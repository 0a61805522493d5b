import { request, type IncomingMessage, type ServerResponse } from 'node:http';

/** Forwards a browser's request to Weft, and streams the answer back, so that event streams work. */
export function passOn(weft: string, incoming: IncomingMessage, response: ServerResponse): void {
  const { method, url = '/', headers } = incoming;
  const { 'last-event-id': lastEventId, 'content-length': length } = headers;
  const onward = request(new URL(url, weft), {
    method,
    headers: {
      'content-type': 'application/json',
      ...(length !== undefined && { 'content-length': length }),
      ...(lastEventId !== undefined && { 'last-event-id': lastEventId }),
    },
    agent: false,
  });
  onward.on('response', (answer) => {
    const { 'content-type': type = 'application/json' } = answer.headers;
    response.writeHead(answer.statusCode ?? 502, { 'content-type': type });
    answer.pipe(response);
  });
  onward.on('error', () => response.destroy());
  response.on('close', () => onward.destroy());
  incoming.pipe(onward);
}
