import { type SettingName, settingsSchema } from './settings.ts';

/** All settings as a Markdown table, in the order of the schema: the text of `docs/settings.md`. */
export function settingsTable(): string {
  const defaults = settingsSchema.parse({}) as Record<SettingName, unknown>;
  const rows = Object.entries(settingsSchema.shape).map(([name, schema]) => {
    const fallback = defaults[name as SettingName];
    return `| \`${name}\` | ${fallback === undefined ? 'empty' : `\`${String(fallback)}\``} | ${schema.description ?? ''} |`;
  });
  return [
    '# Settings',
    '',
    'Environment variables, or the same names in the YAML file that `VOORRANG_CONFIG` names; the environment wins. Unknown `VOORRANG_` names are refused and all problems are told together.',
    '`OTEL_EXPORTER_OTLP_ENDPOINT` (the standard variable) turns tracing on.',
    '',
    '| variable | default | meaning |',
    '|---|---|---|',
    ...rows,
    '',
  ].join('\n');
}
