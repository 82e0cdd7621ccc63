// Writes docs/metrics.md from the table of metrics; with --check it only says whether it is current.
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { type MetricSpec, metricTable } from '@parley/gateway';

const file = path.join(path.dirname(import.meta.dirname), 'docs', 'metrics.md');

function render(): string {
  const rows = Object.entries<MetricSpec>(metricTable).map(([name, { kind, labels, help }]) => {
    const told = labels.length === 0 ? '–' : labels.map((label) => `\`${label}\``).join(', ');
    return `| \`${name}\` | ${kind} | ${told} | ${help} |`;
  });
  return [
    '# Metrics\n',
    'In the text form of Prometheus. `parley gateway` serves them at `prometheus.handler_prefix` (`/metrics`) on the internal listener when `prometheus.enabled` is on. `parley start` serves them at `/metrics` to those who send the API key: `authorization: { type: apikey, credentials_file: … }` in the scrape configuration.\n',
    'What Centrifugo measures too has its name, so that dashboards made for it show data. With `--workers` one scrape shows the whole server: numbers of its processes are added. A summary has the quantiles 0.5, 0.99 and 0.999 of the last five to ten minutes, and beside it a histogram under its name with `_histogram` behind it.\n',
    'Labels are bounded: `channel_namespace` is a namespace of the configuration or empty, `client_name` is that of an official SDK, `other` or empty. A metric has 1,000 sets of labels at most; what would be one more counts as `other`.\n',
    'Besides these there are `process_*` and `nodejs_*`: CPU, memory, open files, heap, garbage collection, delay of the event loop.\n',
    '`parley start` adds `parley_api_authentications_total`: requests of the API by `method` (`bearer`, `api_key`, `cookie`) and `outcome` (`accepted`, `refused`, `csrf`, `limited`, `unavailable`, `ended`). When `cookie` stands still, nobody uses sessions of the older system any more.\n',
    '<!-- Written by tools/metrics-page.ts from packages/gateway/src/metrics/table.ts. -->\n',
    '| name | kind | labels | meaning |\n| --- | --- | --- | --- |',
    ...rows,
    '',
  ].join('\n');
}

function readCurrent(): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    // Not written yet: as good as outdated.
    return '';
  }
}

if (!process.argv.includes('--check')) writeFileSync(file, render());
else if (readCurrent() !== render()) {
  console.error('docs/metrics.md is not current; run: node tools/metrics-page.ts');
  process.exitCode = 1;
}
