import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  histogramQuantile,
  parseMetrics,
  type Sample,
  sumOf,
} from '../../../src/argocd/server/prometheus.js';

const EXPOSED = `# HELP argocd_app_info Information about application.
# TYPE argocd_app_info gauge
argocd_app_info{autosync_enabled="true",dest_server="https://kubernetes.default.svc",name="shop",namespace="argocd"} 1

argocd_app_sync_total{name="shop",phase="Succeeded"} 3 1767225600000
go_gc_duration_seconds{quantile="0.5"} 9.7e-05
process_start_time_seconds 1.76722560012e+09
`;

describe('parseMetrics', () => {
  test("reads what Argo CD's components expose", () => {
    expect(parseMetrics(EXPOSED)).toEqual([
      {
        name: 'argocd_app_info',
        labels: {
          autosync_enabled: 'true',
          dest_server: 'https://kubernetes.default.svc',
          name: 'shop',
          namespace: 'argocd',
        },
        value: 1,
      },
      { name: 'argocd_app_sync_total', labels: { name: 'shop', phase: 'Succeeded' }, value: 3 },
      { name: 'go_gc_duration_seconds', labels: { quantile: '0.5' }, value: 0.000097 },
      { name: 'process_start_time_seconds', labels: {}, value: 1767225600.12 },
    ]);
  });

  test.each<[string, Sample['labels'], number]>([
    ['m 1', {}, 1],
    ['m{} -0.5', {}, -0.5],
    ['m{le="+Inf"} +Inf', { le: '+Inf' }, Infinity],
    ['m -Inf', {}, -Infinity],
    ['m NaN', {}, Number.NaN],
    ['  m{a="1" , b="2",}\t7\r', { a: '1', b: '2' }, 7],
    [String.raw`m{a="\\n \"q\" \n",b="} 5"} 1`, { a: '\\n "q" \n', b: '} 5' }, 1],
    ['m{a=""} 1', { a: '' }, 1],
  ])('%s', (line, labels, value) => expect(parseMetrics(line)).toEqual([{ name: 'm', labels, value }]));

  test.each([
    '<html>',
    'm',
    'm one',
    'm{a="1" 1',
    'm{a=1} 1',
    'm{a="1""b"} 1',
    'm{a="1" b="2"} 1',
    '1m 1',
    'm 1 2 3',
    'm{a="1\\"} 1',
  ])('%s is told by its line', (line) => {
    expect(() => parseMetrics(`# HELP m\nm 1\n${line}\nm 2`)).toThrow(
      "line 3 is not in Prometheus' text format",
    );
  });

  test('gives back whatever a Go program exposes', () => {
    // As prometheus/common writes it: of a label's value only backslash, newline and quote are escaped.
    const escaped = (value: string) =>
      value.replace(/[\\\n"]/g, (char) => (char === '\n' ? String.raw`\n` : `\\${char}`));
    const shown = (value: number) => String(value).replace('Infinity', 'Inf').replace(/^Inf/, '+Inf');
    const awkward = fc.constantFrom('\\', '"', '\n', '\r', '\u2028', '} 5', ',', '#', ' ');
    const text = fc.array(fc.oneof(awkward, fc.string({ unit: 'binary' }))).map((parts) => parts.join(''));
    const sample = fc.record({
      name: fc.stringMatching(/^[A-Za-z_:][A-Za-z0-9_:]{0,9}$/),
      labels: fc.dictionary(fc.stringMatching(/^[A-Za-z][A-Za-z0-9_]{0,4}$/), text, {
        maxKeys: 3,
        noNullPrototype: true,
      }),
      value: fc.double(),
    });
    fc.assert(
      fc.property(fc.array(sample, { maxLength: 4 }), (samples) => {
        const lines = samples.map(({ name, labels, value }) => {
          const pairs = Object.entries(labels).map(([key, text]) => `${key}="${escaped(text)}"`);
          return `${name}${pairs.length > 0 ? `{${pairs.join(',')}}` : ''} ${shown(value)}\n`;
        });
        expect(parseMetrics(lines.join(''))).toEqual(
          samples.map((each) => ({ ...each, value: Object.is(each.value, -0) ? 0 : each.value })),
        );
      }),
    );
  });
});

test('sumOf adds the samples of one name, and knows none from zero', () => {
  const samples = parseMetrics('a{x="1"} 1\na{x="2"} 2\nab 5\nzero 0');
  expect(sumOf(samples, 'a')).toBe(3);
  expect(sumOf(samples, 'zero')).toBe(0);
  expect(sumOf(samples, 'b')).toBeUndefined();
});

/** The samples of a histogram, as a client library makes them of what it observed. */
function histogram(observed: readonly number[], bounds: readonly number[], label = ''): string {
  const lines = [...bounds, Infinity].map(
    (bound) =>
      `h_bucket{${label}le="${bound === Infinity ? '+Inf' : bound}"} ${observed.filter((each) => each <= bound).length}\n`,
  );
  return `${lines.join('')}h_count{${label}} ${observed.length}\n`;
}

describe('histogramQuantile', () => {
  test.each<[string, string, number, number | undefined]>([
    ['within its bucket', histogram([0.1, 0.1, 1.5, 1.5], [1, 2]), 0.75, 1.5],
    ['at the end of the first', histogram([0.1, 0.1, 1.5, 1.5], [1, 2]), 0.5, 1],
    ['above all bounds: the last bound', histogram([0.1, 9], [1, 2]), 0.99, 2],
    ['over all labels', histogram([0.1], [1, 2], 'a="x",') + histogram([1.5], [1, 2], 'a="y",'), 0.25, 0.5],
    ['empty buckets before it are passed over', histogram([3.5], [1, 2, 4]), 0, 2],
    ['in any order', histogram([0.5, 3], [1, 2, 4]).split('\n').reverse().join('\n'), 1, 4],
    ['nothing observed', histogram([], [1, 2]), 0.99, undefined],
    ['no such histogram', 'other_bucket{le="1"} 1', 0.99, undefined],
  ])('%s', (_what, text, quantile, expected) => {
    const value = histogramQuantile(parseMetrics(text), 'h', quantile);
    if (expected === undefined) expect(value).toBeUndefined();
    else expect(value).toBeCloseTo(expected);
  });

  test('lies in the bucket of the observation at that rank', () => {
    const bounds = [1, 2, 5, 10];
    const observations = fc.array(fc.double({ min: 0.01, max: 10, noNaN: true }), {
      minLength: 1,
      maxLength: 50,
    });
    fc.assert(
      fc.property(observations, fc.integer({ min: 1, max: 100 }), (observed, percent) => {
        const value = histogramQuantile(parseMetrics(histogram(observed, bounds)), 'h', percent / 100)!;
        const sorted = [...observed].sort((a, b) => a - b);
        const ranked = sorted[Math.ceil((percent / 100) * sorted.length) - 1]!;
        const upper = bounds.find((bound) => ranked <= bound)!;
        expect(value).toBeLessThanOrEqual(upper);
        expect(value).toBeGreaterThan(bounds[bounds.indexOf(upper) - 1] ?? 0);
      }),
    );
  });
});
