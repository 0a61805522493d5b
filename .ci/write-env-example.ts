// npm run settings: writes .env.example from the declarations of the code.
import { writeFileSync } from 'node:fs';
import { DECLARED_SETTINGS } from '../src/app/service-settings.js';
import { renderEnvExample } from '../src/platform/config/index.js';

writeFileSync(
  new URL('../.env.example', import.meta.url),
  renderEnvExample(DECLARED_SETTINGS.sections),
);
