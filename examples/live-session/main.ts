import { createBackend } from './backend.js';

// Start Weft first: npm start. Then open the page, and change the session it shows, for example
//   curl -X PATCH localhost:3000/api/sessions/ID/metadata -H 'content-type: application/json' -d '{"status":"done"}'
const { WEFT_URL = 'http://127.0.0.1:3000', WEFT_API_KEY, PORT = '8080' } = process.env;

createBackend(WEFT_URL, WEFT_API_KEY).listen(Number(PORT), '127.0.0.1', () => {
  console.log(`The page is at http://127.0.0.1:${PORT}`);
});
