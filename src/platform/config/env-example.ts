import { SETTING_DESCRIPTIONS } from './environment.js';

/** The text of `.env.example`. A test keeps the file equal to it. */
export function renderEnvExample(): string {
  const head = [
    '# Every setting of Weft. Copy this file to .env and take the # from the lines you need.',
    '# An empty value counts as not set. The environment wins over .env.',
  ];
  const settings = SETTING_DESCRIPTIONS.map(({ variable, meaning, default: standard }) =>
    [`# ${meaning}`, `# Default: ${standard}`, `# ${variable}=`].join('\n'),
  );
  return `${[head.join('\n'), ...settings].join('\n\n')}\n`;
}
