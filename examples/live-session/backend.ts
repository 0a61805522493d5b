import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { passOn } from './pass-on.js';

const FILES: Readonly<Record<string, [file: string, type: string]>> = {
  '/': ['index.html', 'text/html; charset=utf-8'],
  '/live-session.js': ['live-session.js', 'text/javascript; charset=utf-8'],
};
// Requests that a browser may send to Weft, authorised by the viewer password or a token.
const FOR_BROWSERS = /^\/api\/sessions\/[^/]+\/(viewer-token|events)(\?|$)/;
const FEEDBACK = /^\/session\/([^/]+)\/feedback$/;

/** The page's own server: it creates sessions and stores feedback with a key that browsers never see. */
export function createBackend(weft: string, apiKey?: string): Server {
  const headers: Record<string, string> = { 'content-type': 'application/json' };
  if (apiKey !== undefined) headers['authorization'] = `Bearer ${apiKey}`;
  async function call(path: string, body: string, response: ServerResponse): Promise<void> {
    const answer = await fetch(`${weft}/api/sessions${path}`, { method: 'POST', headers, body });
    response.writeHead(answer.status, { 'content-type': 'application/json' });
    response.end(await answer.text());
  }
  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { url = '/' } = request;
    const [file, type] = FILES[url] ?? [];
    const [, feedback] = FEEDBACK.exec(url) ?? [];
    if (FOR_BROWSERS.test(url)) passOn(weft, request, response);
    else if (file !== undefined) {
      response.writeHead(200, { 'content-type': type });
      response.end(await readFile(new URL(file, import.meta.url)));
    } else if (url === '/session') await call('', '{"metadata":{"status":"new"}}', response);
    else if (feedback !== undefined) {
      await call(`/${feedback}/feedback`, await text(request), response);
    } else response.writeHead(404).end();
  }
  return createServer((request, response) => {
    serve(request, response).catch(() => response.destroy());
  });
}
