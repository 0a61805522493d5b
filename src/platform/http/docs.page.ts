import { DOCS_PATH } from './http.constants.js';

/** A page that shows the OpenAPI document by swagger-ui. */
export const docsPage = (): string => `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <title>Weft API</title>
    <link rel="icon" href="/${DOCS_PATH}/favicon-32x32.png" />
    <link rel="stylesheet" href="/${DOCS_PATH}/swagger-ui.css" />
  </head>
  <body>
    <div id="docs"></div>
    <script src="/${DOCS_PATH}/swagger-ui-bundle.js"></script>
    <script src="/${DOCS_PATH}/start.js"></script>
  </body>
</html>
`;
