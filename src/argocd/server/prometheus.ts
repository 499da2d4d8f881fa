/** One line of Prometheus' text format. */
export interface Sample {
  name: string;
  labels: Record<string, string>;
  value: number;
}

const LINE = /^([A-Za-z_:][\w:]*)(?:\{(.*)\})?\s+(\S+)(?:\s+-?\d+)?$/s;
const LABEL = /\s*([A-Za-z_]\w*)="((?:[^"\\]|\\.)*)"\s*(?:,|$)/y;
const ESCAPES: Record<string, string> = { n: '\n', '"': '"', '\\': '\\' };

/**
 * Reads Prometheus' text exposition format, version 0.0.4.
 * @throws Error with the number of the first line that is not in that format
 */
export function parseMetrics(text: string): Sample[] {
  const samples: Sample[] = [];
  for (const [index, raw] of text.split('\n').entries()) {
    const line = raw.trim();
    if (line === '' || line.startsWith('#')) continue;
    const sample = parseLine(line);
    if (!sample) throw new Error(`line ${index + 1} is not in Prometheus' text format`);
    samples.push(sample);
  }
  return samples;
}

function parseLine(line: string): Sample | undefined {
  const [, name, labels = '', number] = LINE.exec(line) ?? [];
  if (name === undefined || number === undefined) return undefined;
  const value = parseNumber(number);
  const pairs = parseLabels(labels);
  return pairs && value !== undefined ? { name, labels: pairs, value } : undefined;
}

function parseNumber(text: string): number | undefined {
  if (/^[+-]?Inf$/.test(text)) return text.startsWith('-') ? -Infinity : Infinity;
  if (text === 'NaN') return Number.NaN;
  const value = Number(text);
  return Number.isNaN(value) ? undefined : value;
}

function parseLabels(text: string): Record<string, string> | undefined {
  const labels: Record<string, string> = {};
  let at = 0;
  while (at < text.length) {
    LABEL.lastIndex = at;
    const match = LABEL.exec(text);
    if (!match) return undefined;
    labels[match[1]!] = match[2]!.replace(/\\(.)/g, (_, letter: string) => ESCAPES[letter] ?? `\\${letter}`);
    at = LABEL.lastIndex;
  }
  return labels;
}

/** The sum of a metric's samples; undefined where there are none. */
export function sumOf(samples: readonly Sample[], name: string): number | undefined {
  const found = samples.filter((sample) => sample.name === name);
  return found.length > 0 ? found.reduce((sum, { value }) => sum + value, 0) : undefined;
}

/**
 * A quantile of a histogram over all its labels, interpolated within the bucket as Prometheus'
 * `histogram_quantile` does; undefined where nothing was observed.
 * @param quantile from 0 to 1
 */
export function histogramQuantile(
  samples: readonly Sample[],
  name: string,
  quantile: number,
): number | undefined {
  const counts = new Map<number, number>();
  for (const { labels, value } of samples.filter((sample) => sample.name === `${name}_bucket`)) {
    const bound = parseNumber(labels.le ?? '');
    if (bound !== undefined) counts.set(bound, (counts.get(bound) ?? 0) + value);
  }
  const buckets = [...counts].sort(([a], [b]) => a - b);
  const rank = quantile * (buckets.at(-1)?.[1] ?? 0);
  const at = buckets.findIndex(([, count]) => count > 0 && count >= rank);
  if (at < 0) return undefined;
  const [upper, count] = buckets[at]!;
  const [lower, below] = buckets[at - 1] ?? [0, 0];
  if (!Number.isFinite(upper)) return lower;
  return lower + ((upper - lower) * (rank - below)) / (count - below);
}
