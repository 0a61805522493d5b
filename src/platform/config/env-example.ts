import { SHARED_SETTINGS } from './environment.js';
import type { SettingDescription } from './setting.decorator.js';
import type { SettingsSection } from './settings-section.js';

/** The text of `.env.example`: the shared settings, then those of each feature. A test keeps the file equal to it. */
export function renderEnvExample(sections: readonly SettingsSection[]): string {
  const head = [
    '# Every setting of Weft. Copy this file to .env and take the # from the lines you need.',
    '# An empty value counts as not set. The environment wins over .env.',
  ];
  const blocks = sections.flatMap(({ title, descriptions }) => [
    `# --- ${title} ---`,
    ...descriptions.map(describe),
  ]);
  return `${[head.join('\n'), ...SHARED_SETTINGS.map(describe), ...blocks].join('\n\n')}\n`;
}

const describe = ({ variable, meaning, default: standard }: SettingDescription): string =>
  [`# ${meaning}`, `# Default: ${standard}`, `# ${variable}=`].join('\n');
