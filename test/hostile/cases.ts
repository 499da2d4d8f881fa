/** What the program is given: each hostile file, name and word of the corpus, once to the action and once by command. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type GitHubBed, startGitHub } from '../bed/github/server.js';
import { artifactShape } from '../bed/github/shapes.js';
import { zipOf } from '../bed/github/zip.js';
import { identity, sha256, writeSample } from '../bundle/sample.js';
import { FILES, writeSealed } from './archive-readers.js';
import { RECEIPTS, SEALED, ZIPS } from './archives.js';
import type { Given, Step } from './steps.js';
import { ARTIFACT_NAMES, type Hostile, SECRET, TEXTS } from './words.js';
import { DOCUMENTS } from './yaml.js';

const opening = (name: string, env = {}): Given => ({
  mode: 'restore-verify',
  values: { backup: name, level: 'integrity' },
  env: { ...(name.endsWith('.age') ? { ARGOCD_DR_IDENTITY: identity } : {}), ...env },
});

const installing = (manifests: string): Given => ({
  mode: 'install',
  values: { manifests, cluster: 'existing', kubeconfig: 'kubeconfig', ha: 'false', timeout: '30s' },
});

const nowhere = JSON.stringify({
  apiVersion: 'v1',
  kind: 'Config',
  clusters: [{ name: 'c', cluster: { server: 'https://127.0.0.1:1' } }],
  users: [{ name: 'u', user: { token: 'x' } }],
  contexts: [{ name: 'c', context: { cluster: 'c', user: 'u' } }],
  'current-context': 'c',
});

type Case = Omit<Step, 'as'>;

const cases = <T>(
  what: string,
  all: readonly Hostile<T>[],
  prepare: (dir: string, value: T) => Promise<Given> | Given,
): Case[] =>
  all.map(({ attacks, value }) => ({
    attacks: `${what}: ${attacks}`,
    prepare: (dir) => prepare(dir, value),
  }));

/** What an environment and an argument may hold. */
const passable = ({ value }: Hostile<string>) =>
  !value.includes('\0') && value.length < 50_000 && value.isWellFormed();

const FILE_CASES: readonly Case[] = [
  ...cases('a file', FILES, (dir, { name, bytes }) => {
    writeFileSync(join(dir, name), bytes);
    return opening(name);
  }),
  ...cases('sealed', SEALED, async (dir, sealed) => {
    await writeSealed(join(dir, 'x.tar.gz.age'), sealed);
    return opening('x.tar.gz.age');
  }),
  ...cases('a receipt', RECEIPTS, async (dir, receipt) => {
    await writeSample(dir, 'x.tar.gz.age');
    writeFileSync(join(dir, 'x.receipt.json'), receipt);
    return opening('x.tar.gz.age');
  }),
  ...cases('manifests', DOCUMENTS, (dir, text) => {
    writeFileSync(join(dir, 'm.yaml'), text);
    writeFileSync(join(dir, 'kubeconfig'), nowhere);
    return installing('m.yaml');
  }),
  ...cases(
    'a name',
    TEXTS.filter(passable).filter(({ value }) => !value.includes('/') && Buffer.byteLength(value) < 200),
    (dir, text) => {
      writeFileSync(join(dir, text), text);
      return opening(`./${text}`);
    },
  ),
  ...cases('a mode', TEXTS.filter(passable), (_, mode) => ({ mode, values: {} })),
  ...cases('what a run is for', TEXTS.filter(passable), (dir, text) => {
    const head = { sha: text, ref: text, repo: { id: 1, full_name: text } };
    const event = { number: 1, pull_request: { number: 1, title: text, body: text, head, base: head } };
    writeFileSync(join(dir, 'event.json'), JSON.stringify(event));
    writeFileSync(join(dir, 'm.yaml'), text);
    const names = [
      'ACTOR',
      'HEAD_REF',
      'REF',
      'REF_NAME',
      'REPOSITORY',
      'SERVER_URL',
      'WORKFLOW',
      'WORKFLOW_REF',
    ];
    const env = Object.fromEntries(names.map((name) => [`GITHUB_${name}`, text]));
    const { mode, values } = installing('m.yaml');
    return {
      mode,
      values: { ...values, comment: 'true', 'github-token': 'x' },
      env: {
        ...env,
        GITHUB_RUN_ID: '1',
        GITHUB_EVENT_PATH: join(dir, 'event.json'),
        GITHUB_API_URL: 'http://127.0.0.1:1',
      },
    };
  }),
  ...cases('an input', TEXTS.filter(passable), (_, text) => ({
    mode: 'backup',
    values: {
      output: text,
      recipients: text,
      kubeconfig: text,
      'application-namespaces': text,
      context: text,
      timeout: text,
    },
  })),
];

/** Takes artifacts from a server that a stranger has filled. */
function remote(bed: GitHubBed): Case[] {
  const latest = (): Given => ({
    mode: 'restore-verify',
    values: { backup: 'latest', level: 'integrity', workflow: 'backup.yml' },
    env: { ...bed.env, ARGOCD_DR_IDENTITY: identity },
  });
  const serve = (name: string, zip: Buffer) => {
    bed.artifacts = [
      {
        ...artifactShape(bed.runId, {
          id: 11,
          name,
          size_in_bytes: zip.length,
          digest: `sha256:${sha256(zip)}`,
        }),
        zip,
      },
    ];
  };
  return [
    ...cases("an artifact's name", ARTIFACT_NAMES, async (dir, name) => {
      serve(name, await genuine(dir));
      return latest();
    }),
    ...cases('a zip', ZIPS, (_, entries) => {
      serve('argocd-argocd-20260101T000000Z', zipOf(entries));
      return latest();
    }),
  ];
}

/** The zip of a genuine backup with a Secret, as an attacker uploads it again under another name. */
async function genuine(dir: string): Promise<Buffer> {
  const exportYaml = Buffer.from(
    `apiVersion: v1\nkind: Secret\nmetadata:\n  name: argocd-secret\nstringData:\n  p: ${SECRET}\n---\n`,
  );
  const { path, receiptPath } = await writeSample(dir, 'x.tar.gz.age', {
    exportYaml,
    extrasYaml: Buffer.from(''),
  });
  const zip = zipOf(
    [path, receiptPath].map((file) => ({ name: file.slice(dir.length + 1), body: readFileSync(file) })),
  );
  for (const file of [path, receiptPath]) rmSync(file);
  return zip;
}

/** All of it, once as the action and once by command. One after the other where a server is in it. */
export async function withSteps(use: (steps: Step[], remote: Step[]) => Promise<void>): Promise<void> {
  const bed = await startGitHub();
  const both = (all: readonly Case[]) =>
    all.flatMap((one) => (['action', 'command'] as const).map((as) => ({ ...one, as })));
  try {
    await use(both(FILE_CASES), both(remote(bed)));
  } finally {
    await bed.close();
  }
}
