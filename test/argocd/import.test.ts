import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { readDocuments } from '../../src/argocd/documents.js';
import { importExport, isProblem, nameSome, planShards } from '../../src/argocd/import.js';
import { type IndexedObject, indexDocuments } from '../../src/argocd/index.js';
import { EXIT } from '../../src/errors.js';
import { exec } from '../../src/exec.js';
import { kind } from './arbitrary.js';

describe('planShards', () => {
  const places: fc.Arbitrary<IndexedObject[]> = fc
    .array(fc.tuple(kind, fc.integer({ min: 1, max: 400 })), { maxLength: 8 })
    .map((runs) => runs.flatMap(([which, count]) => Array.from({ length: count }, () => which)))
    .map((kinds) =>
      kinds.map((which, offset) => ({
        kind: which,
        namespace: 'argocd',
        name: `o${offset}`,
        sha256: '',
        offset,
        length: 1,
      })),
    );
  const isLate = (object: IndexedObject) => /^Application(Set)?$/.test(object.kind);

  test('every object in exactly one shard, in the order of the file, settings and projects in the first stage', () => {
    fc.assert(
      fc.property(places, fc.integer({ min: 1, max: 16 }), (objects, concurrency) => {
        const stages = planShards(objects, concurrency);
        const early = objects.filter((object) => !isLate(object));
        const sharded = stages.flat(2);
        expect([...sharded].sort((a, b) => a.offset - b.offset)).toEqual(objects);
        if (stages.length > 1) {
          expect(stages[0]!.flat()).toEqual(early);
          expect(stages.slice(1).flat(2)).toEqual(objects.filter(isLate));
        } else if (stages.flat().length > 1)
          expect(sharded.every(isLate) || !sharded.some(isLate)).toBe(true);
        for (const stage of stages) {
          expect(stage.length).toBeGreaterThan(0);
          expect(stage.length).toBeLessThanOrEqual(concurrency);
          for (const shard of stage) expect(shard.length).toBeGreaterThan(0);
        }
      }),
    );
  });

  test('shards of a stage are about as long as one another', () => {
    fc.assert(
      fc.property(places, fc.integer({ min: 1, max: 16 }), (objects, concurrency) => {
        for (const stage of planShards(objects, concurrency)) {
          const lengths = stage.map((shard) => shard.length);
          expect(Math.max(...lengths) - Math.min(...lengths)).toBeLessThanOrEqual(1);
        }
      }),
    );
  });

  test('few objects, or no concurrency, are one shard; none are none', () => {
    const many = Array.from({ length: 1000 }, (_, n) => ({ ...object('Application'), offset: n }));
    expect(planShards([], 4)).toEqual([]);
    expect(planShards(many.slice(0, 100), 4)).toEqual([[many.slice(0, 100)]]);
    expect(planShards(many, 1)).toEqual([[many]]);
    expect(planShards(many, 4).map((stage) => stage.length)).toEqual([4]);
  });
});

const object = (which: string): IndexedObject => ({
  kind: which,
  namespace: 'argocd',
  name: 'a',
  sha256: '',
  offset: 0,
  length: 0,
});

test.each([
  ['{"level":"warning","msg":"argoproj.io/Application a: forbidden"}', true],
  ['{"level":"fatal","msg":"boom"}', true],
  ['time="2026-11-23T21:00:00Z" level=warning msg="x"', true],
  ['time="2026-11-23T21:00:00Z" level=error msg="x"', true],
  ['Failed to update argoproj.io/Application a in namespace b: conflict', true],
  ['panic: runtime error', true],
  ['{"level":"info","msg":"Warning: metadata.finalizers: prefer a domain-qualified finalizer name"}', false],
  ['time="2026-11-23T21:00:00Z" level=warning msg="prefer a domain-qualified finalizer name"', false],
  ['argoproj.io/Application a in namespace argocd created', false],
  ['argoproj.io/Application level=warnings in namespace argocd created', true],
  ['Import process completed successfully in namespace argocd', false],
])('a problem or not: %s', (line, expected) => {
  expect(isProblem(line)).toBe(expected);
});

test('nameSome names the first few', () => {
  const key = (name: string) => ({ kind: 'Secret', namespace: 'a', name });
  expect(nameSome([])).toBe('');
  expect(nameSome([key('x'), key('y')])).toBe('Secret a/x, Secret a/y');
  expect(nameSome(['1', '2', '3', '4', '5', '6', '7'].map(key))).toBe(
    'Secret a/1, Secret a/2, Secret a/3, Secret a/4, Secret a/5 and 2 more',
  );
});

// A program in argocd's place that keeps its input and answers as argocd does, so that shards and words can be seen.
describe('importExport', () => {
  let dir: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'import-'));
  });
  afterEach(() => rmSync(dir, { recursive: true }));

  const yaml = (which: string, name: string) =>
    `apiVersion: v1\nkind: ${which}\nmetadata:\n  name: ${name}\n`;

  /** @param answer a JavaScript expression of the words to say for a document of `kind` and `name` */
  function standIn(answer: string, end = ''): string {
    const path = join(dir, 'argocd');
    const say = "'argoproj.io/' + kind + ' ' + name + ' in namespace argocd created'";
    writeFileSync(
      path,
      `#!${process.execPath}
const { readFileSync, writeFileSync } = require('node:fs');
const input = readFileSync(0, 'utf8');
writeFileSync(process.argv[1] + '.' + process.pid, input);
writeFileSync(process.argv[1] + '.arguments', process.argv.slice(2).join(' '));
for (const [, kind, name] of input.matchAll(/kind: (\\w+)\\nmetadata:\\n {2}name: (\\S+)/g)) {
  const said = ${say};
  console.log(${answer || 'said'});
}
${end}`,
    );
    chmodSync(path, 0o700);
    return path;
  }

  async function run(documents: string[], argocd: string, concurrency = 4) {
    const path = join(dir, 'export.yaml');
    writeFileSync(path, documents.join('---\n'));
    const { objects } = await indexDocuments(readDocuments(path), 'argocd');
    const progress: number[] = [];
    const result = await importExport({
      exec,
      argocd,
      target: { kubeconfig: '/k' },
      scope: { namespace: 'argocd', applicationNamespaces: ['team-*'], applicationsetNamespaces: [] },
      path,
      objects,
      concurrency,
      onProgress: (done) => progress.push(done),
    });
    const inputs = readdirSync(dir)
      .filter((name) => /^argocd\.\d+$/.test(name))
      .map((name) => readFileSync(join(dir, name), 'utf8'));
    return { result, progress, inputs };
  }

  const names = (text: string) => [...text.matchAll(/name: (\S+)/g)].map(([, name]) => name);

  test('each object goes to one process, and all are reported', async () => {
    const documents = [
      ...Array.from({ length: 160 }, (_, n) => yaml('Secret', `s${n}`)),
      ...Array.from({ length: 320 }, (_, n) => yaml('Application', `a${n}`)),
    ];
    const { result, progress, inputs } = await run(documents, standIn(''));
    expect(result).toEqual({ lines: [], unreported: [], processes: 3 });
    expect(inputs).toHaveLength(3);
    expect(inputs.flatMap(names).sort()).toEqual(documents.flatMap(names).sort());
    expect(inputs.filter((input) => input.includes('Secret')).map((input) => names(input).length)).toEqual([
      160,
    ]);
    expect(progress).toEqual(Array.from({ length: 480 }, (_, n) => n + 1));
    expect(readFileSync(join(dir, 'argocd.arguments'), 'utf8')).toBe(
      'admin import --namespace argocd --kubeconfig /k --application-namespaces=team-* --applicationset-namespaces=argocd --verbose --prompts-enabled=false -',
    );
  });

  test('objects that stand between those of another stage are not imported twice', async () => {
    const documents = Array.from({ length: 480 }, (_, n) =>
      n % 10 === 0 ? yaml('Secret', `s${n}`) : yaml('Application', `a${n}`),
    );
    const { result, inputs } = await run(documents, standIn(''));
    expect(result.unreported).toEqual([]);
    expect(inputs.flatMap(names).sort()).toEqual(documents.flatMap(names).sort());
  });

  test('what is left out without a word is named', async () => {
    const argocd = standIn("name === 'b' ? 'nothing' : said");
    const { result } = await run([yaml('Application', 'a'), yaml('Application', 'b')], argocd);
    expect(result).toEqual({
      lines: [],
      unreported: [{ kind: 'Application', namespace: 'argocd', name: 'b' }],
      processes: 1,
    });
  });

  test('"unchanged" counts as done, in whichever namespace', async () => {
    const argocd = standIn("'argoproj.io/' + kind + ' ' + name + ' unchanged'");
    const { result } = await run(
      [yaml('Secret', 'a'), `${yaml('Secret', 'b')}  namespace: team-a\n`],
      argocd,
    );
    expect(result.unreported).toEqual([]);
  });

  test('warnings with exit code 0, in each of the formats of the log', async () => {
    const argocd = standIn(
      '',
      `console.error('{"level":"warning","msg":"Application a: forbidden"}');
console.error('time="2026-11-23T21:00:00Z" level=warning msg="Application \\\\"b\\\\": not \\\\\\\\ found"');
console.error('{"level":"info","msg":"prefer a domain-qualified finalizer name"}');`,
    );
    const { result } = await run([yaml('Application', 'a')], argocd);
    expect(result.lines).toEqual(['Application a: forbidden', 'Application "b": not \\ found']);
  });

  test('an exit code other than 0 is a problem', async () => {
    const argocd = standIn('', "console.error('last words'); process.exitCode = 20;");
    const { result } = await run([yaml('Application', 'a')], argocd);
    expect(result.lines).toEqual(['argocd admin import ended with exit code 20: last words']);
  });

  const endAt = (bad: string, words: string) =>
    `${bad} ? (console.error(${JSON.stringify(words)}), process.exit(20)) : said`;
  const manyNamed = (names: string[]) => names.map((name) => yaml('Application', name));
  const application = (name: string) => ({ kind: 'Application', namespace: 'argocd', name });

  test('an object that argocd ends at does not cost those behind it', async () => {
    const argocd = standIn(endAt('/^bad/.test(name)', 'Timeout'));
    const { result, inputs, progress } = await run(
      manyNamed(['a', 'bad1', 'bad2', 'b', 'c', 'bad3', 'd']),
      argocd,
    );
    expect(result).toEqual({
      lines: ['bad1', 'bad2', 'bad3'].map(
        (name) => `argocd admin import ended with exit code 20 at Application argocd/${name}: Timeout`,
      ),
      unreported: ['bad1', 'bad2', 'bad3'].map(application),
      processes: 1,
    });
    expect(inputs.map(names).sort((a, b) => b.length - a.length)).toEqual([
      ['a', 'bad1', 'bad2', 'b', 'c', 'bad3', 'd'],
      ['bad2', 'b', 'c', 'bad3', 'd'],
      ['b', 'c', 'bad3', 'd'],
      ['d'],
    ]);
    expect(progress).toEqual([1, 2, 3, 4]);
  });

  test('an object left out without a word is not taken for the one that argocd ends at', async () => {
    const argocd = standIn(`name === 'left-out' ? '' : ${endAt("name === 'bad'", 'Timeout')}`);
    const { result } = await run(manyNamed(['left-out', 'a', 'bad', 'b']), argocd);
    expect(result.lines).toEqual([
      'argocd admin import ended with exit code 20 at Application argocd/bad: Timeout',
    ]);
    expect(result.unreported).toEqual(['left-out', 'bad'].map(application));
  });

  test('"unchanged" of a namesake in another namespace hides no object', async () => {
    const unchanged = "'argoproj.io/Application x unchanged'";
    const argocd = standIn(`name === 'x' ? ${unchanged} : ${endAt("name === 'bad'", 'Timeout')}`);
    const inTeam = `${yaml('Application', 'x')}  namespace: a-team\n`;
    const { result } = await run([inTeam, ...manyNamed(['bad', 'b', 'x'])], argocd);
    expect(result.lines.at(-1)).toContain('at Application argocd/bad');
    expect(result.unreported).toEqual([application('bad')]);
  });

  test('an import that fails whatever it is given ends', async () => {
    const many = Array.from({ length: 40 }, (_, n) => `a${n}`);
    const { result, inputs } = await run(manyNamed(many), standIn(endAt('true', 'no')));
    expect(inputs).toHaveLength(20);
    expect(result.unreported).toEqual(many.map(application));
  });

  test.each([
    'etcdserver: request is too large',
    'Application.argoproj.io "bad" is invalid: spec.project: Invalid value: "connection refused": etcdserver: i/o timeout',
  ])('the fault of an object, not a lost API server: %s', async (words) => {
    const argocd = standIn(endAt("name === 'bad'", words));
    const { result } = await run(manyNamed(['bad', 'b']), argocd);
    expect(result.lines).toEqual([
      `argocd admin import ended with exit code 20 at Application argocd/bad: ${words}`,
    ]);
    expect(result.unreported).toEqual([application('bad')]);
  });

  test.each(['etcdserver: request timed out', 'dial tcp 127.0.0.1:6443: connect: connection refused'])(
    'a lost API server says nothing about the backup: %s',
    async (words) => {
      const argocd = standIn(endAt("name === 'bad'", words));
      await expect(run(manyNamed(['a', 'bad', 'b']), argocd)).rejects.toMatchObject({
        exitCode: EXIT.infra,
        message: expect.stringContaining('lost the API server'),
      });
    },
  );

  test('a killed import says nothing about the backup', async () => {
    const argocd = standIn('', "process.kill(process.pid, 'SIGKILL');");
    await expect(run([yaml('Application', 'a')], argocd)).rejects.toMatchObject({
      exitCode: EXIT.infra,
      message: expect.stringContaining('137'),
    });
  });
});
