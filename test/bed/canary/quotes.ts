import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { tempDir } from '../bed.js';
import { base64Within, goQuoted } from './forms.js';
import type { Canary } from './plant.js';

/** A file of what a program says that quotes secret values, in lines. */
function said(name: string, lines: string[]): string {
  const path = join(tempDir(), name);
  writeFileSync(path, lines.map((line) => `${line}\n`).join(''), { mode: 0o600 });
  return path;
}

/** Files of what `argocd` might say to its standard error, each quoting all values in other ways. */
export function quotes(canaries: Canary[], long: Canary) {
  const values = canaries.map(({ value }) => value.toString());
  const lines = values.flatMap((value) => value.split(/\r\n|\r|\n/));
  const joined = (quoted: (value: string) => string) => `quoting ${values.map(quoted).join(' , ')} .`;
  const go = `time="2025-11-01T00:00:00Z" level=warning msg="${goQuoted(joined((value) => value))}"`;
  // Go's JSON has no line separators as they are.
  const json = JSON.stringify({ level: 'warning', msg: joined((value) => value) }).replaceAll(
    '\u2028',
    '\\u2028',
  );
  const raw = `Failed to update ${lines.join(' , ')} .`;
  return {
    raw: said('raw', [raw]),
    encoded: said('encoded', [
      joined((value) => JSON.stringify(value)),
      joined((value) => encodeURIComponent(value)),
    ]),
    base64: said('base64', [joined((value) => Buffer.from(value).toString('base64'))]),
    within: said('within', [
      joined((value) => `${base64Within(value, 1)}/${base64Within(value, 2)}`),
      `Authorization: Basic ${Buffer.from(`robot:${values[0]}`).toString('base64')}`,
    ]),
    warnings: said('warnings', [go, json, raw]),
    /** The first line is one of argocd's that tell of a lost API server. */
    cutOff: said('cut-off', ['dial tcp 127.0.0.1:1: connect: connection refused', go]),
    /** A line that does not fit into what is kept of what a program says. */
    long: said('long', [`it was ${long.value}`, 'and that was all']),
  };
}
