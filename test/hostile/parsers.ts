/** Readers of foreign text: each gives a value or an error for users, in time, and quotes no secret. */
import { Readable } from 'node:stream';
import fc from 'fast-check';
import { DocumentError, parseDocument, splitDocuments } from '../../src/argocd/documents.js';
import { indexDocuments } from '../../src/argocd/index.js';
import { inlineFiles, patchPaths, readKustomization } from '../../src/argocd/kustomization-lines.js';
import { manifestObjects } from '../../src/argocd/manifest-yaml.js';
import { parseManifests } from '../../src/argocd/manifests.js';
import { isEnabled } from '../../src/argocd/namespaces.js';
import { parseJson } from '../../src/bundle/json.js';
import { FORMAT_VERSION, receiptSchema } from '../../src/bundle/manifest.js';
import { DrError, EXIT, messageOf } from '../../src/errors.js';
import type { GitHubApi } from '../../src/github/api.js';
import { findBackup } from '../../src/github/find.js';
import { placeOf } from '../../src/github/manifest-lines.js';
import { goQuoted, goUnquoted } from '../../src/go-text.js';
import type { ArtifactSource } from '../../src/inputs/backup-source.js';
import { allInputs, MODE_WORDS, type ModeWord, parseCommandLine, parseInputs } from '../../src/inputs.js';
import { createRedactor } from '../../src/redact.js';
import { secretValues } from '../../src/secrets/values.js';
import { artifactShape, runShape } from '../bed/github/shapes.js';
import { mutated, text, word } from './arbitraries.js';
import { RECEIPTS } from './archives.js';
import { assert, type Property, property, refusedAtMost } from './property.js';
import { linesForRunner, looksLikeCommand } from './runner-commands.js';
import { ARTIFACT_NAMES, hostile, NAMESPACES, PATTERNS, SECRET, TEXTS } from './words.js';
import { DOCUMENTS, KUSTOMIZATIONS } from './yaml.js';

const values = <T>(entries: readonly { value: T }[]) => entries.map(({ value }) => value);
const assertQuotesNoSecret = (message: string) =>
  assert(!message.includes(SECRET) && !message.includes(btoa(SECRET)), 'a message quotes a secret', message);

/** What may have come of it: a value, or an error that says why in words for users. */
async function documentsOf(source: string) {
  try {
    return await indexDocuments(splitDocuments(Readable.from([Buffer.from(source)])), 'argocd');
  } catch (error) {
    assert(error instanceof DocumentError, `ends in an unexpected error: ${String(error).slice(0, 300)}`);
    assertQuotesNoSecret(error.message);
    return undefined;
  }
}

/** An object of the API server's that follows its own copy of `__proto__` would change all others. */
const assertUnpolluted = () =>
  assert(Object.keys(Object.prototype).length === 0, 'every object has a new property');

/** GitHub's API, where every text is a stranger's. */
function apiOf(name: string, label: string): GitHubApi {
  const run = runShape({
    id: 1,
    event: 'schedule',
    head_branch: 'main',
    html_url: label,
    name: label,
    status: label,
  });
  const artifacts = [artifactShape(1, { id: 11, name, digest: label, expires_at: null })];
  const answers: [RegExp, unknown][] = [
    [/\/artifacts$/, { artifacts }],
    [
      /\/runs$/,
      { workflow_runs: [run, { ...run, id: 2, head_branch: label }, { ...run, id: 3, head_sha: label }] },
    ],
    [/\/runs\/\{run_id\}$/, run],
    [/\/artifacts\/\{artifact_id\}$/, artifacts[0]],
    [/\/workflows\//, { state: label, path: label, name: label }],
    [/\/compare\//, { status: label, merge_base_commit: { sha: label } }],
    [/\{repo\}$/, { default_branch: 'main' }],
  ];
  const ask: GitHubApi['ask'] = async (_, route, __, schema) => {
    const read = schema.safeParse(answers.find(([pattern]) => pattern.test(route))?.[1] ?? {});
    if (read.success) return read.data;
    throw new DrError(EXIT.infra, 'the answer cannot be read');
  };
  return {
    ask,
    async *pages(...question) {
      yield await ask(...question);
    },
    location: async () => 'https://example.com/',
  };
}

const SOURCES: readonly ArtifactSource[] = [
  { from: 'latest' },
  { from: 'random', withinMs: 1e12 },
  { from: 'run', id: 1 },
  { from: 'artifact', id: 11 },
];

async function assertFindsQuietly([name, label]: [string, string]): Promise<void> {
  for (const source of SOURCES) {
    const lines: string[] = [];
    const log = {
      info: (line: string) => void lines.push(line),
      warn: (line: string) => void lines.push(line),
      progress() {},
    };
    const query = { workflow: 'backup.yml' };
    const repository = { owner: 'octo-org', repo: 'octo-repo' };
    const options = { api: apiOf(name, label), repository, query, now: new Date(), random: () => 0, log };
    const found = await findBackup(source, options).catch((error: unknown) => error);
    if (found instanceof Error) {
      assert(found instanceof DrError, `ends in an unexpected error: ${String(found).slice(0, 300)}`);
      lines.push(messageOf(found));
    } else if (name !== '') assert(/^[\w.-]+$/.test(name), 'an artifact of such a name is taken', name);
    for (const line of lines.flatMap(linesForRunner)) {
      assert(!looksLikeCommand(line), 'what is told of it looks like a command', line);
      assert(line.length < 20_000, 'what is told of it is too long', line.length);
    }
  }
}

const INPUTS = allInputs(MODE_WORDS).map(({ name }) => name);

const inputs: fc.Arbitrary<{ mode: ModeWord; values: Record<string, string> }> = fc.record({
  mode: fc.constantFrom(...MODE_WORDS),
  values: fc.dictionary(
    fc.constantFrom(...INPUTS),
    fc.oneof(text(), fc.constantFrom(...values(PATTERNS), '1', 'true', '/dev/null')),
    {
      maxKeys: 6,
    },
  ),
});
const WORDS = [...MODE_WORDS, ...INPUTS.map((name) => `--${name}`), '--', '-h', '--no-ha', '='];

export const PARSERS: readonly Property[] = [
  property('documents of a backup are objects, or refused without their text', {
    corpus: DOCUMENTS,
    arbitrary: mutated(values(DOCUMENTS)),
    async holds(source) {
      await documentsOf(source);
      try {
        const object = parseDocument({ number: 1, offset: 0, bytes: Buffer.from(source) });
        assert(/^[a-z0-9.-]+$/.test(object.metadata.name), 'a name that is none', object.metadata.name);
      } catch (error) {
        assert(error instanceof DocumentError, `ends in an unexpected error: ${String(error).slice(0, 300)}`);
        assertQuotesNoSecret(error.message);
      }
      assertUnpolluted();
    },
  }),
  property('manifests are objects of a bounded size, or refused without their text', {
    corpus: DOCUMENTS,
    arbitrary: mutated(values(DOCUMENTS)),
    async holds(source) {
      const found = await refusedAtMost(() => {
        const objects = manifestObjects([{ from: 'x.yaml', text: source }], 'argocd');
        parseManifests([{ from: 'x.yaml', text: source }], 'argocd');
        // An alias is one object in memory and many in the text that is sent.
        assert(JSON.stringify(objects).length < 50 * source.length + 10_000, 'they grow as they are written');
        return objects;
      });
      if (found instanceof DrError) assertQuotesNoSecret(messageOf(found));
      assertUnpolluted();
    },
  }),
  property('the place of an object is found, or is not, in any text', {
    corpus: DOCUMENTS,
    arbitrary: mutated(values(DOCUMENTS)),
    holds(source) {
      const about = { kind: 'ConfigMap', name: 'argocd-cm', field: ['data', 'a'] };
      const place = placeOf([{ file: 'x.yaml', text: source }], about);
      assert(
        place === undefined || place.line <= source.split(/\r?\n/).length,
        'a line that is not there',
        place,
      );
    },
  }),
  property('a kustomization is read as far as it is one', {
    corpus: KUSTOMIZATIONS,
    arbitrary: mutated(values(KUSTOMIZATIONS)),
    holds(source) {
      const kustomization = readKustomization(source);
      inlineFiles({ file: 'kustomization.yaml', text: source }, kustomization);
      assert(
        patchPaths(kustomization).every((path) => typeof path === 'string'),
        'a path that is none',
      );
      assertUnpolluted();
    },
  }),
  property('a pattern of namespaces matches or does not, in time', {
    corpus: PATTERNS.flatMap(({ attacks, value }) =>
      NAMESPACES.map((namespace) =>
        hostile(`${attacks}, on ${JSON.stringify(namespace.slice(-3))}`, [value, namespace] as [
          string,
          string,
        ]),
      ),
    ),
    arbitrary: fc.tuple(
      fc.oneof(
        fc
          .array(fc.constantFrom(...'/()[]{}*+?|^$\\.,-!ab1', '(a+)+', '(.*)*', '\\1', '(?='), {
            maxLength: 16,
          })
          .map((parts) => `/${parts.join('')}/`),
        fc
          .array(fc.constantFrom(...'*?[]{},!\\-ab', '**', '{a,b}', 'a*'), { maxLength: 20 })
          .map((parts) => parts.join('')),
        mutated(values(PATTERNS)),
      ),
      fc.constantFrom(...NAMESPACES),
    ),
    async holds([pattern, namespace]) {
      const found = await refusedAtMost(async () => await isEnabled(namespace, 'own', [pattern]));
      assert(typeof found === 'boolean' || found instanceof DrError, 'neither yes nor no', found);
    },
  }),
  property('a receipt is one, or is none, without its text', {
    corpus: RECEIPTS,
    arbitrary: mutated(values(RECEIPTS)),
    holds(source) {
      try {
        const receipt = parseJson(Buffer.from(source), receiptSchema, FORMAT_VERSION);
        assert(!/[/]/.test(receipt.file), 'its file leads elsewhere', receipt.file);
      } catch (error) {
        assert(error instanceof Error && !(error instanceof RangeError), `ends in ${String(error)}`);
        assertQuotesNoSecret(error.message);
        assert(error.message.length < 2_000, 'its message is too long', error.message.length);
      }
      assertUnpolluted();
    },
  }),
  property("a backup is found among GitHub's answers, or is not, and no name in them is a command", {
    corpus: [
      ...ARTIFACT_NAMES.map(({ attacks, value }) => hostile(attacks, [value, 'success'] as [string, string])),
      ...TEXTS.map(({ attacks, value }) =>
        hostile(`${attacks}, elsewhere`, ['argocd-argocd-20260101T000000Z', value] as [string, string]),
      ),
    ],
    arbitrary: fc.tuple(fc.oneof(mutated(values(ARTIFACT_NAMES)), text()), text()),
    holds: assertFindsQuietly,
  }),
  property('inputs of any text are read, or told as a problem each', {
    corpus: [...TEXTS, ...PATTERNS].flatMap(({ attacks, value }) =>
      MODE_WORDS.map((mode) =>
        hostile(`${attacks}, in all inputs of ${mode}`, {
          mode,
          values: Object.fromEntries(INPUTS.map((name) => [name, value])),
        }),
      ),
    ),
    arbitrary: inputs,
    async holds(given) {
      const found = await refusedAtMost(() => parseInputs(given, {}));
      assert(!(found instanceof DrError) || found.exitCode === EXIT.invalidInput, 'another exit code', found);
    },
  }),
  // Node's own parser takes its time for long words, which a stranger does not choose.
  property('words of the command line are read, or told as a problem each', {
    corpus: [...TEXTS, ...PATTERNS]
      .filter(({ value }) => value.length < 5_000)
      .map(({ attacks, value }) =>
        hostile(attacks, [
          'backup',
          value,
          `--${value}`,
          `--output=${value}`,
          '--recipients',
          value,
          `-${value}`,
        ]),
      ),
    arbitrary: fc.array(fc.oneof(fc.constantFrom(...WORDS), word()), { maxLength: 10 }),
    holds(argv) {
      parseCommandLine(argv);
      assertUnpolluted();
    },
  }),
  property('a text that Go quotes comes back as it was', {
    corpus: TEXTS.map(({ attacks, value }) => hostile(attacks, value.toWellFormed())),
    arbitrary: text().map((each) => each.toWellFormed()),
    holds: (source) => assert(goUnquoted(goQuoted(source)) === source, 'it is another', source),
  }),
  property('a secret of any text is in nothing that is shown', {
    corpus: TEXTS,
    arbitrary: text(),
    holds(own) {
      const value = `${own}${SECRET}`;
      const data = { p: Buffer.from(value).toString('base64') };
      const secret = {
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { name: 's' },
        data,
        stringData: { q: value },
      };
      const redact = createRedactor(secretValues([secret]));
      const shown = redact(
        `a ${value} b ${data.p} c ${JSON.stringify(value)} d ${encodeURIComponent(value.toWellFormed())}`,
      );
      assert(!shown.includes(SECRET) && !shown.includes(data.p), 'it shows', shown);
    },
  }),
];
