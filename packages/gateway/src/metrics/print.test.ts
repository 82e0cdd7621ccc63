import assert from 'node:assert/strict';
import { test } from 'node:test';
import { printMetric } from './print.ts';
import { counter, gauge, histogram, summary } from './spec.ts';

test('printMetric() writes numbers with their labels, escaped', () => {
  const samples = [
    { labels: ['a', 'b'], value: 1 },
    { labels: ['\\', '"\n'], value: 2.5 },
  ];
  assert.equal(
    printMetric('x_total', counter('Xs.', 'one', 'two'), samples),
    '# HELP x_total Xs.\n# TYPE x_total counter\nx_total{one="a",two="b"} 1\nx_total{one="\\\\",two="\\"\\n"} 2.5\n',
  );
  assert.equal(printMetric('x', gauge('Xs.'), []), '# HELP x Xs.\n# TYPE x gauge\n');
});

test('printMetric() adds up the buckets of a histogram', () => {
  const sample = { labels: ['a'], sum: 12, count: 4, buckets: [1, 2, 1] };
  assert.equal(
    printMetric('x', histogram('Xs.', [1, 5], 'one'), [sample]),
    [
      '# HELP x Xs.',
      '# TYPE x histogram',
      'x_bucket{one="a",le="1"} 1',
      'x_bucket{one="a",le="5"} 3',
      'x_bucket{one="a",le="+Inf"} 4',
      'x_sum{one="a"} 12',
      'x_count{one="a"} 4',
      '',
    ].join('\n'),
  );
});

test('printMetric() writes a summary and its histogram; quantiles of nothing are NaN', () => {
  const buckets = Array.from({ length: 17 }, () => 0);
  const text = printMetric('x', summary('Xs.'), [{ labels: [], sum: 0, count: 0, buckets, recent: [] }]);
  const lines = text.split('\n');
  assert.deepEqual(lines.slice(1, 7), [
    '# TYPE x summary',
    'x{quantile="0.5"} NaN',
    'x{quantile="0.99"} NaN',
    'x{quantile="0.999"} NaN',
    'x_sum 0',
    'x_count 0',
  ]);
  assert.ok(lines.includes('# TYPE x_histogram histogram'));
  assert.ok(lines.includes('x_histogram_bucket{le="0.0001"} 0'));
});
