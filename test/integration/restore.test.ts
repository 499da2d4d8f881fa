import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { generateIdentity, identityToRecipient } from 'age-encryption';
import { readDocuments } from '../../src/argocd/documents.js';
import { countKinds, indexDocuments } from '../../src/argocd/index.js';
import { rootDigest } from '../../src/bundle/digest.js';
import type { Manifest } from '../../src/bundle/manifest.js';
import { openBackup } from '../../src/bundle/open.js';
import { writeBackup } from '../../src/bundle/write.js';
import { objectRecords } from '../../src/checks/integrity.js';
import { APPLICATION, CONFIG_MAP, NAMESPACE, NODE, STATEFUL_SET } from '../../src/kube/objects.js';
import { argocdWith } from '../bed/argocd-with.js';
import {
  bed,
  type Ended,
  leftovers,
  runMode,
  type Source,
  startArgoCd,
  startPlane,
  startSource,
  tempDir,
} from '../bed/bed.js';

let source: Source;
let identity: string;
let recipient: string;
let backup: string;

beforeAll(async () => {
  source = await startSource(70);
  identity = await generateIdentity();
  recipient = await identityToRecipient(identity);
  const values = {
    kubeconfig: source.plane.target.kubeconfig!,
    recipients: recipient,
    output: `${tempDir()}/`,
  };
  backup = (await runMode('backup', values)).outputs['backup-path']!;
}, 240_000);
afterAll(() => bed.close());

function verify(values: Record<string, string> = {}, env?: NodeJS.ProcessEnv): Promise<Ended> {
  const given = { backup, identity, cluster: 'control-plane' };
  return runMode('restore-verify', { ...given, ...values }, env ? { env } : {});
}

interface Parts {
  exportYaml: string;
  extrasYaml: string;
  manifest: Manifest;
}

/** Makes a damaged copy of the backup: `damage` edits the plaintext, `honest` makes the manifest fit again. */
async function damaged(damage: (parts: Parts) => void, { honest = false } = {}): Promise<string> {
  const dir = tempDir();
  const opened = await openBackup({ path: backup, identities: [identity], intoDir: dir });
  const parts: Parts = {
    exportYaml: readFileSync(opened.exportPath, 'utf8'),
    extrasYaml: readFileSync(opened.extrasPath, 'utf8'),
    manifest: structuredClone(opened.manifest),
  };
  const before = { ...parts };
  damage(parts);
  writeFileSync(opened.exportPath, parts.exportYaml);
  writeFileSync(opened.extrasPath, parts.extrasYaml);
  const changed = parts.exportYaml !== before.exportYaml || parts.extrasYaml !== before.extrasYaml;
  // Sizes and digests of the members always fit: what is tested lies deeper.
  if (changed) remeasure(parts);
  if (honest) await recount(parts.manifest, opened.exportPath, opened.extrasPath);
  const { manifest } = parts;
  const target = join(dir, 'damaged.tar.gz.age');
  await writeBackup({
    members: {
      'export.yaml': opened.exportPath,
      'extras.yaml': opened.extrasPath,
      'manifest.json': Buffer.from(JSON.stringify(manifest)),
    },
    target,
    receipt: {
      createdAt: manifest.createdAt,
      argocdVersion: manifest.argocdVersion,
      kubernetesVersion: manifest.kubernetesVersion,
      source: manifest.source,
      counts: manifest.counts,
    },
    seal: { recipients: [recipient] },
  });
  return target;
}

function remeasure({ exportYaml, extrasYaml, manifest }: Parts): void {
  const measure = (text: string) => ({
    bytes: Buffer.byteLength(text),
    sha256: createHash('sha256').update(text).digest('hex'),
  });
  manifest.members = { 'export.yaml': measure(exportYaml), 'extras.yaml': measure(extrasYaml) };
}

async function recount(manifest: Manifest, exportPath: string, extrasPath: string): Promise<void> {
  const [exported, extras] = await Promise.all(
    [exportPath, extrasPath].map((path) => indexDocuments(readDocuments(path), manifest.namespace)),
  );
  manifest.counts = countKinds(exported!.objects);
  manifest.objects = [...objectRecords('export.yaml', exported!), ...objectRecords('extras.yaml', extras!)];
  manifest.rootDigest = rootDigest(manifest.objects);
}

/** Rewrites the document of one object of the export. */
function editDocument(parts: Parts, kind: string, name: string, edit: (text: string) => string): void {
  const documents = parts.exportYaml.split(/^---\n/m);
  const index = documents.findIndex(
    (text) => text.includes(`\nkind: ${kind}\n`) && new RegExp(`^ {2}name: ${name}$`, 'm').test(text),
  );
  expect(index).toBeGreaterThanOrEqual(0);
  documents[index] = edit(documents[index]!);
  parts.exportYaml = documents.join('---\n');
}

function expectEnd(ended: Ended, code: number, ...words: (string | RegExp)[]): void {
  expect(`${ended.code}: ${ended.report.message}`).toMatch(new RegExp(`^${code}: `));
  for (const word of words) expect(ended.report.message).toMatch(word);
  expect(leftovers()).toEqual([]);
}

const failedChecks = ({ report }: Ended) =>
  report.checks.filter(({ status }) => status === 'fail').map(({ id }) => id);

describe('a good backup', () => {
  test('passes every check of level restore, with evidence, and leaves nothing', async () => {
    const ended = await verify();
    expectEnd(ended, 0, /The backup restores/);
    expect(ended.report.verdict).toBe('PASS');
    expect(
      ended.report.checks.every(
        ({ status, evidence, doesNotProve }) => status === 'pass' && evidence && doesNotProve,
      ),
    ).toBe(true);
    expect(ended.report.drill!.counts).toEqual(ended.report.backup!.counts);
    expect(ended.report.rpoSeconds).toBeGreaterThan(0);
    expect(ended.outputs.applications).toBe('70');
  }, 120_000);

  test('level integrity needs no cluster', async () => {
    const ended = await verify({ level: 'integrity' });
    expectEnd(ended, 0);
    expect(ended.report.checks).toHaveLength(4);
    expect(ended.report.drill).toBeNull();
  });

  test('RPO and RTO targets that are missed end with exit code 6 and the verdict PASS', async () => {
    const ended = await verify({ level: 'integrity', 'rpo-target': '1s', 'rto-target': '1h' });
    expectEnd(ended, 6, /RPO target missed/);
    expect(ended.report.verdict).toBe('PASS');
  });

  test('a backup from the future misses any RPO target, and is a warning without one', async () => {
    const createdAt = new Date(Date.now() + 3_600_000).toISOString();
    const path = await damaged((parts) => void (parts.manifest.createdAt = createdAt));
    const values = { backup: path, level: 'integrity' };
    const ended = await verify(values);
    expectEnd(ended, 0, /checks/);
    expect(ended.report.warnings.join()).toMatch(/made at .*, which is yet to come/);
    expectEnd(await verify({ ...values, 'rpo-target': '1h' }), 6, /RPO target missed: how old the backup is/);
  });

  test('restores in shards side by side', async () => {
    const large = await startSource(700);
    const values = {
      kubeconfig: large.plane.target.kubeconfig!,
      recipients: recipient,
      output: `${tempDir()}/`,
    };
    const made = await runMode('backup', values);
    await large.plane.stop();
    const ended = await verify({ backup: made.outputs['backup-path']!, 'import-concurrency': '4' });
    expectEnd(ended, 0);
    expect(ended.report.checks.find(({ id }) => id === 'restore.import')!.evidence).toMatch(
      /by 5 argocd processes/,
    );
  }, 240_000);

  test('restores into an existing cluster, and leaves it up', async () => {
    const plane = await startPlane();
    const kubeconfig = plane.target.kubeconfig!;
    const ended = await verify({ cluster: 'existing', kubeconfig });
    expectEnd(ended, 0);
    expect(ended.report.drill!.clusterProvider).toBe('existing');
    expect((await plane.kube.get(APPLICATION, 'argocd', 'guestbook')).metadata.name).toBe('guestbook');
    expectEnd(await verify({ cluster: 'existing', kubeconfig }), 2, /not fresh/, /it has Application/);
    await plane.stop();
  }, 120_000);
});

describe('by hand, without this tool', () => {
  test('the steps of docs/recovery.md give the same instance', async () => {
    const { recoverByHand } = await import('../bed/by-hand.js');
    const plane = await startPlane();
    const argocdNamespace = (await plane.kube.find(NAMESPACE, undefined, 'argocd'))?.metadata.name;
    expect(argocdNamespace).toBeUndefined();
    const exported = await recoverByHand(plane, backup, identity, tempDir());
    const again = await indexDocuments(readDocuments(exported), 'argocd');
    expect(again.counts).toEqual(
      (await openBackup({ path: backup, identities: [identity], intoDir: tempDir() })).manifest.counts,
    );
    await plane.stop();
  }, 180_000);
});

describe('a target that must not be touched', () => {
  test('the source itself', async () => {
    const values = { cluster: 'existing', kubeconfig: source.plane.target.kubeconfig! };
    expectEnd(await verify(values), 2, /is the source of this backup/, /another cluster/);
  });

  test('a cluster with Applications', async () => {
    const other = await startSource(20);
    const values = { cluster: 'existing', kubeconfig: other.plane.target.kubeconfig! };
    expectEnd(await verify(values), 2, /not fresh: it has Application/);
    await other.plane.stop();
  }, 120_000);

  test('a cluster whose Argo CD controllers would act', async () => {
    const plane = await startArgoCd();
    // Without a node nothing could run there, and the restore would go on.
    await plane.kube.create(NODE, { apiVersion: 'v1', kind: 'Node', metadata: { name: 'worker' } });
    const values = { cluster: 'existing', kubeconfig: plane.target.kubeconfig! };
    expectEnd(
      await verify(values),
      4,
      /StatefulSet argocd\/argocd-application-controller/,
      /scale them to zero/,
    );
    const none = { spec: { replicas: 0 } };
    await plane.kube.mergePatch(STATEFUL_SET, 'argocd', 'argocd-application-controller', none);
    expectEnd(await verify(values), 4, /Deployment argocd\/argocd-(applicationset|notifications)-controller/);
    await plane.stop();
  }, 120_000);

  test('an older Argo CD', async () => {
    expectEnd(await verify({ 'argocd-version': '3.0.0' }), 2, /3\.0\.0 is older than the backup's 3\.1\.9/);
  }, 60_000);
});

describe('a backup that was changed inside, sealed again with fitting member digests', () => {
  const EDITS: [string, (parts: Parts) => void, RegExp][] = [
    [
      'an Application cut out',
      (parts) => editDocument(parts, 'Application', 'guestbook', () => ''),
      /Application argocd\/guestbook/,
    ],
    [
      'a value edited',
      (parts) =>
        editDocument(parts, 'AppProject', 'payments', (text) => text.replace(/sourceRepos/, 'sourceRepoz')),
      /AppProject argocd\/payments/,
    ],
    [
      'an object twice',
      (parts) => void (parts.exportYaml += parts.exportYaml.split('---\n')[0]),
      /repeats ConfigMap/,
    ],
    [
      'an anchor',
      (parts) =>
        editDocument(parts, 'Application', 'guestbook', (text) =>
          text.replace('name: guestbook', 'name: &a guestbook'),
        ),
      /anchor or alias/,
    ],
    [
      'a duplicate key',
      (parts) => editDocument(parts, 'Application', 'guestbook', (text) => `${text}kind: Application\n`),
      /duplicated mapping key/,
    ],
    ['text that is no YAML', (parts) => void (parts.exportYaml += '\n{{ not yaml'), /not strict YAML/],
    ['no object at all', (parts) => void (parts.exportYaml = ''), /export\.yaml/],
    [
      'an extra edited',
      (parts) =>
        void (parts.extrasYaml = parts.extrasYaml.replace(
          'application.namespaces',
          'application.namespacez',
        )),
      /argocd-cmd-params-cm/,
    ],
    [
      'an extra cut out',
      (parts) => void (parts.extrasYaml = parts.extrasYaml.slice(parts.extrasYaml.indexOf('---\n') + 4)),
      /extras\.yaml/,
    ],
    ['the root digest', ({ manifest }) => void (manifest.rootDigest = '0'.repeat(64)), /root digest/],
    ['a count', ({ manifest }) => void (manifest.counts.Application = 69), /counts/],
    [
      'an object struck from the manifest',
      ({ manifest }) => void manifest.objects.pop(),
      /not those of the manifest|root digest/,
    ],
    [
      'an object listed twice',
      ({ manifest }) => void manifest.objects.push(manifest.objects[0]!),
      /twice|root digest/,
    ],
    [
      'a newer format',
      ({ manifest }) => void ((manifest as { formatVersion: number }).formatVersion = 3),
      /newer/,
    ],
  ];

  test.each(EDITS)('%s', async (_name, edit, words) => {
    const ended = await verify({ backup: await damaged(edit), level: 'integrity' });
    expectEnd(ended, 5, words);
    expect(ended.report.verdict).toBe('FAIL');
  });

  test('an empty but honest backup', async () => {
    const path = await damaged((parts) => void (parts.exportYaml = ''), { honest: true });
    expectEnd(await verify({ backup: path, level: 'integrity' }), 5, /empty/);
  });

  test('the wrong key', async () => {
    expectEnd(await verify({ identity: await generateIdentity() }), 5, /key|identit/i);
  });
});

describe('a backup that opens and does not restore', () => {
  const strip = (pattern: RegExp) => (parts: Parts) => {
    const documents = parts.extrasYaml.split(/^---\n/m);
    parts.extrasYaml = documents.filter((text) => !pattern.test(text)).join('---\n');
  };

  test('the allowed namespaces are lost: argocd skips Applications without a word', async () => {
    const path = await damaged(
      (parts) => {
        strip(/name: argocd-cmd-params-cm/)(parts);
        parts.manifest.applicationNamespaces = [];
        parts.manifest.applicationsetNamespaces = [];
      },
      { honest: true },
    );
    const ended = await verify({ backup: path });
    expectEnd(ended, 3, /not reported as imported: Application.* team-/);
    expect(failedChecks(ended)).toEqual(
      expect.arrayContaining(['restore.import', 'restore.objects', 'restore.re-export']),
    );
    expect(ended.report.differences.every(({ problem }) => problem === 'missing')).toBe(true);
  }, 120_000);

  test('a Namespace is lost: argocd warns and exits 0', async () => {
    const path = await damaged(strip(/kind: Namespace\n[\s\S]*name: team-a$/m), { honest: true });
    const ended = await verify({ backup: path });
    expectEnd(ended, 3, /namespaces "team-a" not found/);
    expect(ended.report.differences.map(({ namespace }) => namespace)).toContain('team-a');
  }, 120_000);

  test.each([
    ['that the API server does not take', /^apiVersion: v1$/m, 'apiVersion: v1\nimmutable: perhaps'],
  ])(
    'an extra %s is named',
    async (_, before, after) => {
      const path = await damaged(
        (parts) => {
          const documents = parts.extrasYaml.split(/^---\n/m);
          const edited = documents.map((text) =>
            /name: argocd-gpg-keys-cm$/m.test(text) ? text.replace(before, after) : text,
          );
          parts.extrasYaml = edited.join('---\n');
        },
        { honest: true },
      );
      expectEnd(
        await verify({ backup: path }),
        3,
        /ConfigMap argocd\/.* of extras.yaml cannot be restored: /,
      );
    },
    120_000,
  );

  test('a generated Application whose ApplicationSet is not in the backup has no owner to come back', async () => {
    const path = await damaged((parts) => {
      const record = parts.manifest.ownerReferences.find(({ kind }) => kind === 'Application')!;
      for (const owner of record.owners) owner.name = 'left-out';
    });
    const ended = await verify({ backup: path });
    expectEnd(ended, 0, /all 13 checks/);
    const check = ended.report.checks.find(({ id }) => id === 'restore.owners')!;
    expect(check.evidence).toMatch(/objects had owners that are not in the backup/);
  }, 120_000);

  test('an object that the API server refuses', async () => {
    const path = await damaged(
      (parts) =>
        editDocument(parts, 'Application', 'guestbook', (text) =>
          text.replace(/^spec:/m, 'spec:\n  project: [1]\n  x:'),
        ),
      { honest: false },
    ).catch((error: Error) => error);
    expect(path).toEqual(expect.any(String));
    expectEnd(await verify({ backup: path as string, level: 'integrity' }), 5);
    const honest = await damaged(
      (parts) =>
        editDocument(parts, 'Application', 'guestbook', (text) =>
          text.replace(/^(\s+)project: .*$/m, '$1project: 7'),
        ),
      { honest: true },
    );
    const ended = await verify({ backup: honest });
    expectEnd(ended, 3, /guestbook/);
    expect(ended.report.differences).toContainEqual({
      kind: 'Application',
      namespace: 'argocd',
      name: 'guestbook',
      problem: 'missing',
      path: '',
    });
  }, 180_000);

  test('a field that the API server drops', async () => {
    const honest = await damaged(
      (parts) =>
        editDocument(parts, 'Application', 'guestbook', (text) =>
          text.replace(/^(\s+)(project: .*)$/m, '$1$2\n$1noSuchField: 1'),
        ),
      { honest: true },
    );
    const ended = await verify({ backup: honest });
    expectEnd(ended, 3, /restore.objects failed/);
    expect(ended.report.differences).toContainEqual({
      kind: 'Application',
      namespace: 'argocd',
      name: 'guestbook',
      problem: 'different',
      path: 'spec.noSuchField',
    });
  }, 120_000);
});

describe('a forged backup', () => {
  const AWS_AUTH = `apiVersion: v1
kind: ConfigMap
metadata:
  name: aws-auth
  namespace: kube-system
data:
  mapUsers: everybody
---
`;
  const KUBE_SYSTEM = `apiVersion: v1
kind: Namespace
metadata:
  name: kube-system
  labels:
    pod-security.kubernetes.io/enforce: privileged
---
`;
  const SERVICE = 'apiVersion: v1\nkind: Service\nmetadata:\n  name: x\n---\n';

  test('is refused whole, and an existing cluster stays as it is', async () => {
    const plane = await startPlane();
    const { kube, target } = plane;
    const metadata = { name: 'aws-auth', namespace: 'kube-system' };
    await kube.create(CONFIG_MAP, {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata,
      data: { mapUsers: 'me' },
    });
    const path = await damaged(
      (parts) => {
        parts.exportYaml += `${AWS_AUTH}${SERVICE}`;
        parts.extrasYaml += `${AWS_AUTH}${KUBE_SYSTEM}`;
      },
      { honest: true },
    );
    const ended = await verify({ backup: path, cluster: 'existing', kubeconfig: target.kubeconfig! });
    expectEnd(ended, 5, /ConfigMap kube-system\/aws-auth \(.*Service argocd\/x \(.*Namespace kube-system \(/);
    expect((await kube.get(CONFIG_MAP, 'kube-system', 'aws-auth')).data).toEqual({ mapUsers: 'me' });
    expect((await kube.get(NAMESPACE, undefined, 'kube-system')).metadata.labels).toEqual({
      'kubernetes.io/metadata.name': 'kube-system',
    });
    expect(await kube.find(NAMESPACE, undefined, 'argocd')).toBeUndefined();
    await plane.stop();
  }, 120_000);

  test('changes no label of a namespace that is there, and what it would change is told before', async () => {
    const plane = await startPlane();
    const { kube, target } = plane;
    const there = {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: 'team-a', labels: { owner: 'them' } },
    };
    await kube.create(NAMESPACE, there);
    const settings = { name: 'argocd-notifications-cm', namespace: 'argocd' };
    await kube.create(NAMESPACE, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'argocd' } });
    const backedUp = await source.plane.kube.get(CONFIG_MAP, settings.namespace, settings.name);
    const [key] = Object.keys(backedUp.data as object);
    await kube.create(CONFIG_MAP, {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: settings,
      data: { [key!]: 'another' },
    });
    const path = await damaged(
      (parts) =>
        void (parts.extrasYaml = parts.extrasYaml.replace(
          /(\n {2}name: team-a\n {2}labels:\n)/,
          '$1    pod-security.kubernetes.io/enforce: privileged\n',
        )),
      { honest: true },
    );
    const ended = await verify({ backup: path, cluster: 'existing', kubeconfig: target.kubeconfig! });
    expectEnd(ended, 0, /The backup restores/);
    const { labels } = (await kube.get(NAMESPACE, undefined, 'team-a')).metadata;
    expect(labels).toEqual({ 'kubernetes.io/metadata.name': 'team-a', owner: 'them' });
    const evidence = (id: string) => ended.report.checks.find((check) => check.id === id)!.evidence;
    expect(evidence('restore.fresh-target')).toMatch(
      /The restore creates \d+ objects, changes 1 that are there \(ConfigMap argocd\/argocd-notifications-cm\), and leaves 2 as they are\./,
    );
    expect(ended.text).toContain('changes 1 that are there (ConfigMap argocd/argocd-notifications-cm)');
    expect(evidence('restore.extras')).toMatch(/but for 2 Namespaces that were there and keep their labels/);
    await plane.stop();
  }, 120_000);

  test('overwrites nothing of others in an existing cluster, though it has an Application beside it', async () => {
    const plane = await startPlane();
    const { kube, target } = plane;
    await kube.create(NAMESPACE, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'prod' } });
    const metadata = { name: 'db', namespace: 'prod' };
    await kube.create(CONFIG_MAP, { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { host: 'ours' } });
    const path = await damaged(
      (parts) => {
        parts.exportYaml +=
          'apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata:\n  name: x\n  namespace: prod\nspec:\n  project: default\n---\n';
        parts.extrasYaml +=
          'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: db\n  namespace: prod\ndata:\n  host: theirs\n---\n';
      },
      { honest: true },
    );
    const ended = await verify({ backup: path, cluster: 'existing', kubeconfig: target.kubeconfig! });
    expectEnd(
      ended,
      2,
      /not fresh: it has, and otherwise than the backup, ConfigMap prod\/db; nothing that is there/,
    );
    expect((await kube.get(CONFIG_MAP, 'prod', 'db')).data).toEqual({ host: 'ours' });
    expect(await kube.find(NAMESPACE, undefined, 'argocd')).toBeUndefined();
    await plane.stop();
  }, 120_000);
});

describe('an import that is wrong, whatever its exit code', () => {
  const lie = `if [ "$2" = import ]; then awk 'BEGIN{RS="---\\n"; ORS="---\\n"} !/kind: Application\\n/ || n++ {print}' | "$ARGOCD" "$@"; exit $?; fi`;

  test('an object is left out', async () => {
    const ended = await verify({}, await argocdWith(lie));
    expectEnd(ended, 3, /not reported as imported: Application/);
    expect(failedChecks(ended)).toContain('restore.objects');
  }, 120_000);

  test('nothing is imported, exit code 0', async () => {
    const script = 'if [ "$2" = import ]; then "$ARGOCD" "$@" < /dev/null; exit $?; fi';
    const ended = await verify({}, await argocdWith(script));
    expectEnd(ended, 3, /not reported as imported/);
    expect(ended.report.differences.length).toBeGreaterThan(90);
  }, 120_000);

  test('a value is changed on the way', async () => {
    const script = `if [ "$2" = import ]; then sed 's/prune: true/prune: false/' | "$ARGOCD" "$@"; exit $?; fi`;
    const ended = await verify({}, await argocdWith(script));
    expectEnd(ended, 3, /restore.objects failed/);
    expect(ended.report.differences.map(({ path }) => path).join()).toMatch(
      /spec\.syncPolicy\.automated\.prune/,
    );
  }, 120_000);

  test('objects that the API server refuses cost no other', async () => {
    const refused = `awk 'BEGIN{RS="---\\n"; ORS="---\\n"} /kind: Application\\n/ && /\\n  name: guestbook\\n/ {sub(/\\n  project: /, "\\n  other: ")} {print}'`;
    const script = `if [ "$2" = import ]; then ${refused} | "$ARGOCD" "$@"; exit $?; fi`;
    const ended = await verify({}, await argocdWith(script));
    expectEnd(
      ended,
      3,
      /ended with exit code 20 at Application argocd\/guestbook/,
      /not reported as imported: Application argocd\/guestbook, Application team-a\/guestbook, Application team-b\/guestbook\./,
    );
    const { differences } = ended.report;
    expect(differences.map(({ problem, name }) => `${problem} ${name}`)).toEqual(
      Array(differences.length).fill('missing guestbook'),
    );
  }, 120_000);

  test('killed: nothing is said about the backup', async () => {
    const script = 'if [ "$2" = import ]; then sleep 0.2; kill -9 $$; fi';
    expectEnd(await verify({}, await argocdWith(script)), 4, /was killed/);
  }, 120_000);

  test('killed once: begun again in a new cluster, and only that is reported', async () => {
    const mark = join(tempDir(), 'killed');
    const script = `if [ "$2" = import ] && mkdir ${mark} 2> /dev/null; then kill -9 $$; fi`;
    const ended = await verify({}, await argocdWith(script));
    expectEnd(ended, 0, /^The backup restores/);
    expect(ended.report.warnings.join()).toMatch(/cut off and begun again in a new cluster.*was killed/);
    expect(ended.report.checks.filter(({ id }) => id === 'restore.fresh-target')).toHaveLength(1);
  }, 120_000);

  test('a re-export that lacks objects', async () => {
    const script = `if [ "$2" = export ]; then "$ARGOCD" "$@" | awk 'BEGIN{RS="---\\n"; ORS="---\\n"} !/kind: AppProject\\n/ {print}'; exit 0; fi`;
    const ended = await verify({}, await argocdWith(script));
    expectEnd(ended, 3, /restore.re-export failed/);
  }, 120_000);

  test('the API server of the target stops', async () => {
    const plane = await startPlane();
    const script = `if [ "$2" = import ]; then kill -9 ${plane.pids.join(' ')}; fi`;
    const values = { cluster: 'existing', kubeconfig: plane.target.kubeconfig! };
    const ended = await verify(values, await argocdWith(script));
    expectEnd(ended, 4, /does not answer|lost the API server/);
    expect(ended.report.verdict).toBe('INFRA_ERROR');
    await plane.stop();
  }, 120_000);
});
