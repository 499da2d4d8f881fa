import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { jsonDocument, parseYamlOrJson, splitDocuments } from '../../src/argocd/documents.js';
import { indexDocuments } from '../../src/argocd/index.js';
import { rootDigest } from '../../src/bundle/digest.js';
import type { Manifest } from '../../src/bundle/manifest.js';
import { openBackup } from '../../src/bundle/open.js';
import { writeBackup } from '../../src/bundle/write.js';
import { expectedChecks } from '../../src/checks/catalog.js';
import {
  type BackupIndex,
  checkIntegrity,
  compareWithManifest,
  objectRecords,
} from '../../src/checks/integrity.js';
import { DrError, EXIT } from '../../src/errors.js';
import { Recorder } from '../../src/report/recorder.js';
import { identity, manifestFor, optionsFor, small, withFolder, writeSample } from '../bundle/sample.js';

const yaml = (kind: string, ...names: string[]) =>
  names.map((name) => `apiVersion: v1\nkind: ${kind}\nmetadata:\n  name: ${name}\n---\n`).join('');

async function* chunk(text: string): AsyncGenerator<Buffer> {
  yield Buffer.from(text);
}
const indexOf = (text: string) =>
  indexDocuments(splitDocuments(chunk(text)), 'argocd', { parse: parseYamlOrJson });

/** An object that stands where it should not: `kube-system/aws-auth`, with further lines. */
const placed = (kind: string, place: string, more = '', apiVersion = 'v1') => {
  const [name, namespace] = place.split('/').reverse();
  const where = namespace ? `  namespace: ${namespace}\n` : '';
  return `apiVersion: ${apiVersion}\nkind: ${kind}\nmetadata:\n  name: ${name}\n${where}${more}---\n`;
};
const argo = (kind: string, place: string) => placed(kind, place, '', 'argoproj.io/v1alpha1');

const exportYaml =
  yaml('ConfigMap', 'argocd-cm', 'argocd-rbac-cm') +
  yaml('Secret', 'argocd-secret') +
  argo('Application', 'team-a/shop');
const extrasYaml = yaml('Namespace', 'team-a');

async function whole(exported = exportYaml, extras = extrasYaml) {
  const index = { export: await indexOf(exported), extras: await indexOf(extras) };
  const objects = [
    ...objectRecords('export.yaml', index.export),
    ...objectRecords('extras.yaml', index.extras),
  ];
  const content = { exportYaml: Buffer.from(exported), extrasYaml: Buffer.from(extras) };
  const manifest: Manifest = {
    ...manifestFor(content),
    objects,
    counts: index.export.counts,
    rootDigest: rootDigest(objects),
  };
  return { index, manifest, content };
}

const first = (await whole()).manifest.objects[0]!;
const owned = (name: string) => ({ kind: 'Application', namespace: 'argocd', name, owners: [] });
const sealAgain = (manifest: Manifest): Manifest => ({
  ...manifest,
  rootDigest: rootDigest(manifest.objects),
});

describe('compareWithManifest', () => {
  test('a whole backup passes, with its numbers as evidence', async () => {
    const { index, manifest } = await whole();
    expect(compareWithManifest('x.age', manifest, index)).toEqual({
      status: 'pass',
      evidence:
        '5 object digests and the root digest match; the instance has 1 Application, 2 ConfigMap, 1 Secret; a restore writes into no namespace but argocd, team-a.',
      details: [],
    });
  });

  test('the order of the records and of the counts does not matter', async () => {
    const { index, manifest } = await whole();
    const turned = {
      ...manifest,
      objects: [...manifest.objects].reverse(),
      counts: { Secret: 1, ConfigMap: 2, Application: 1 },
    };
    expect(compareWithManifest('x.age', turned, index).status).toBe('pass');
  });

  test.each<[string, (manifest: Manifest) => Manifest, RegExp]>([
    [
      'an object that the manifest lacks',
      (manifest) => sealAgain({ ...manifest, objects: manifest.objects.slice(1) }),
      /objects of export\.yaml are not those of the manifest: ConfigMap argocd\/argocd-cm in x\.age/,
    ],
    [
      'an object that the member lacks',
      (manifest) => sealAgain({ ...manifest, objects: [...manifest.objects, { ...first, name: 'more' }] }),
      /not those of the manifest: ConfigMap argocd\/more/,
    ],
    [
      'an object of the other member',
      (manifest) =>
        sealAgain({
          ...manifest,
          objects: manifest.objects.map((object) => ({ ...object, member: 'export.yaml' as const })),
        }),
      /not those of the manifest: Namespace team-a/,
    ],
    [
      'another digest',
      (manifest) =>
        sealAgain({ ...manifest, objects: manifest.objects.with(0, { ...first, sha256: '0'.repeat(64) }) }),
      /not those of the manifest: ConfigMap argocd\/argocd-cm/,
    ],
    [
      'a record that stands twice',
      (manifest) => sealAgain({ ...manifest, objects: [...manifest.objects, first] }),
      /lists an object of export\.yaml twice/,
    ],
    [
      'another root digest',
      (manifest) => ({ ...manifest, rootDigest: '0'.repeat(64) }),
      /root digest of x\.age/,
    ],
    [
      'another count',
      (manifest) => ({ ...manifest, counts: { ...manifest.counts, Secret: 2 } }),
      /counts in the manifest/,
    ],
    [
      'owners of an object that is not in the backup',
      (manifest) => ({ ...manifest, ownerReferences: [owned('other')] }),
      /owners of objects that it does not list: Application argocd\/other/,
    ],
    [
      'owners of an object whose name leads elsewhere',
      (manifest) => ({ ...manifest, ownerReferences: [owned('../../../api/v1/namespaces/x')] }),
      /owners of objects that it does not list/,
    ],
    ['a missing count', (manifest) => ({ ...manifest, counts: { ConfigMap: 2 } }), /counts in the manifest/],
  ])('%s is refused', async (_what, damage, message) => {
    const { index, manifest } = await whole();
    const refusal = () => compareWithManifest('x.age', damage(manifest), index);
    expect(refusal).toThrow(message);
    expect(refusal).toThrow(expect.objectContaining({ exitCode: EXIT.cannotOpen }));
  });

  test('an empty backup is refused, though all of it agrees', async () => {
    const { index, manifest } = await whole('', extrasYaml);
    expect(() => compareWithManifest('x.age', manifest, index)).toThrow(/x\.age is empty/);
  });
});

describe('checkIntegrity', () => {
  async function check(folder: string, path: string, askedFor?: string) {
    const recorder = new Recorder({ mode: 'restore-verify', startedAt: new Date() });
    const open = () => openBackup({ path, identities: [identity], intoDir: folder });
    const outcome = await checkIntegrity(recorder, path, open, askedFor).then(
      ({ index }) => index,
      (error: unknown) => error as DrError,
    );
    const { checks } = recorder.finish({ verdict: 'PASS', exitCode: EXIT.pass, message: '' });
    return {
      outcome,
      checks: checks.map(({ id, status }) => `${id} ${status}`),
      evidence: checks.at(-1)!.evidence,
    };
  }

  /** Writes a backup that is what its manifest says, whatever the YAML is. */
  async function write(path: string, exported: string, extras: string, manifest?: Manifest): Promise<void> {
    const content = { exportYaml: Buffer.from(exported), extrasYaml: Buffer.from(extras) };
    const options = optionsFor(path, content);
    const { counts } = manifest ?? manifestFor(content);
    if (manifest) options.members['manifest.json'] = Buffer.from(JSON.stringify(manifest));
    await writeBackup({ ...options, receipt: { ...options.receipt, counts } });
  }

  test('of a whole backup: every check of the level passes, and the objects are known', async () => {
    await withFolder(async (folder) => {
      const path = join(folder, 'x.tar.gz.age');
      await write(path, exportYaml, extrasYaml, (await whole()).manifest);
      const { outcome, checks } = await check(folder, path);
      expect(outcome).not.toBeInstanceOf(DrError);
      expect(checks).toEqual(
        expectedChecks({ level: 'integrity', render: 'none' }).map((id) => `${id} pass`),
      );
    });
  });

  test('a broken file fails at the first check, and no other is made', async () => {
    await withFolder(async (folder) => {
      const path = join(folder, 'x.tar.gz.age');
      writeFileSync(path, 'not a backup');
      const { outcome, checks } = await check(folder, path);
      expect(outcome).toMatchObject({ exitCode: EXIT.cannotOpen });
      expect(checks).toEqual(['integrity.opens fail']);
    });
  });

  test.each([
    ['an alias', `${exportYaml}${yaml('Secret', 'a')}x: &y 1\n`, /document 6 has an anchor or alias/],
    [
      'a repeated key',
      exportYaml.replace('kind: Secret', 'kind: Secret\nkind: Secret'),
      /duplicated mapping key/,
    ],
    ['a repeated object', exportYaml + exportYaml, /document 5 repeats ConfigMap argocd\/argocd-cm/],
    ['a cut text', exportYaml.slice(0, exportYaml.lastIndexOf('shop')), /document 4 is not/],
  ])(
    '%s in the export fails at the YAML, by name of the member and the document',
    async (_what, text, message) => {
      await withFolder(async (folder) => {
        const path = join(folder, 'x.tar.gz.age');
        await write(path, text, extrasYaml);
        const { outcome, checks, evidence } = await check(folder, path);
        expect(outcome).toMatchObject({ exitCode: EXIT.cannotOpen });
        expect(checks.at(-1)).toBe('integrity.yaml fail');
        expect(evidence).toMatch(message);
        expect(evidence).toContain(`export.yaml in ${path}`);
      });
    },
  );

  test('objects that are not those of the manifest fail the last check', async () => {
    await withFolder(async (folder) => {
      const { path } = await writeSample(folder, 'x.tar.gz.age', { ...small, extrasYaml: Buffer.from('') });
      const { outcome, checks } = await check(folder, path);
      expect(outcome).toMatchObject({ exitCode: EXIT.cannotOpen });
      expect(checks.at(-1)).toBe('integrity.objects fail');
    });
  });

  /** Writes and checks a backup that is consistent in itself, as whoever has a public key can make it. */
  async function checkForged(
    exported: string,
    extras: string,
    change: Partial<Manifest> = {},
    askedFor?: string,
  ) {
    return withFolder(async (folder) => {
      const path = join(folder, 'x.tar.gz.age');
      const { manifest } = await whole(exported, extras);
      await write(path, exported, extras, { ...manifest, ...change });
      return check(folder, path, askedFor);
    });
  }

  describe('a forged backup that would write', () => {
    const AWS_AUTH = placed('ConfigMap', 'kube-system/aws-auth', 'data:\n  mapUsers: admins\n');
    const OWNED =
      '  ownerReferences:\n  - apiVersion: v1\n    kind: ConfigMap\n    name: gone\n    uid: "0"\n';
    const type = (name: string) => `type: ${name}\n`;
    const inExport: [string, string, string][] = [
      ['a ConfigMap of Kubernetes', AWS_AUTH, 'ConfigMap kube-system/aws-auth'],
      [
        'an Application in a namespace of Kubernetes',
        argo('Application', 'kube-system/x'),
        'Application kube-system/x',
      ],
      [
        'the settings of another namespace',
        placed('ConfigMap', 'team-a/argocd-cm'),
        'ConfigMap team-a/argocd-cm',
      ],
      ['a ConfigMap that no export holds', placed('ConfigMap', 'prometheus'), 'ConfigMap argocd/prometheus'],
      ['a Secret that is not of Argo CD', placed('Secret', 'pull'), 'Secret argocd/pull'],
      ['a Secret elsewhere', placed('Secret', 'team-a/argocd-secret'), 'Secret team-a/argocd-secret'],
      [
        'owners, by which a garbage collector deletes it',
        placed('Application', 'team-a/owned', OWNED, 'argoproj.io/v1alpha1'),
        'Application team-a/owned (it has more metadata than a backup keeps)',
      ],
      ['a project elsewhere', argo('AppProject', 'team-a/p'), 'AppProject team-a/p'],
      ['another kind', placed('ServiceAccount', 'x'), 'ServiceAccount argocd/x'],
      [
        "another group's kind of that name",
        placed('Application', 'x', '', 'app.k8s.io/v1'),
        'Application argocd/x',
      ],
    ];
    const inExtras: [string, string, string][] = [
      ['a ConfigMap of Kubernetes', AWS_AUTH, 'ConfigMap kube-system/aws-auth'],
      ['labels of a namespace of Kubernetes', placed('Namespace', 'kube-system'), 'Namespace kube-system'],
      ['a namespace without an Application', placed('Namespace', 'prod'), 'Namespace prod'],
      ['a Secret in such a one', placed('Secret', 'prod/db'), 'Secret prod/db'],
      [
        'annotations of a Namespace',
        placed('Namespace', 'team-a', '  annotations:\n    a: b\n'),
        'Namespace team-a (it has more than a name and labels)',
      ],
      [
        'owners of what may be there already',
        placed('ConfigMap', 'team-a/app-config', OWNED),
        'ConfigMap team-a/app-config (it has more metadata than a backup keeps)',
      ],
      [
        'a token of a ServiceAccount',
        placed('Secret', 'team-a/t', type('kubernetes.io/service-account-token')),
        'Secret team-a/t',
      ],
      ['a bootstrap token', placed('Secret', 'b', type('bootstrap.kubernetes.io/token')), 'Secret argocd/b'],
      ['a release of Helm', placed('Secret', 'r', type('helm.sh/release.v1')), 'Secret argocd/r'],
      [
        "a cluster's own certificates",
        placed('ConfigMap', 'kube-root-ca.crt'),
        'ConfigMap argocd/kube-root-ca.crt',
      ],
      ['an Application', argo('Application', 'x'), 'Application argocd/x'],
      ["another group's ConfigMap", placed('ConfigMap', 'x', '', 'evil.io/v1'), 'ConfigMap argocd/x'],
    ];

    test.each(inExport)('%s by the export is refused by name', async (_what, text, name) => {
      const { outcome, checks, evidence } = await checkForged(exportYaml + text, '');
      expect(outcome).toMatchObject({ exitCode: EXIT.cannotOpen });
      expect(checks.at(-1)).toBe('integrity.objects fail');
      expect(evidence).toContain(`nothing of it was written: ${name}`);
    });

    test.each(inExtras)('%s by the extras is refused by name', async (_what, text, name) => {
      const { outcome, evidence } = await checkForged(exportYaml, text);
      expect(outcome).toMatchObject({ exitCode: EXIT.cannotOpen });
      expect(evidence).toContain(`nothing of it was written: ${name}`);
    });

    test('all of it is named at once', async () => {
      const { evidence } = await checkForged(
        exportYaml + inExport[8]![1],
        inExtras
          .map(([, text]) => text)
          .join('')
          .replace(AWS_AUTH, ''),
      );
      const forged = [inExport[8]!, ...inExtras.slice(1)];
      for (const [, , name] of forged) expect(evidence).toContain(name);
    });

    test('into a namespace of Kubernetes as that of Argo CD, unless the inputs say so', async () => {
      const exported = yaml('ConfigMap', 'argocd-cm');
      const objects = (await whole(exported, '')).manifest.objects.map((each) => ({
        ...each,
        namespace: 'kube-system',
      }));
      const change = { namespace: 'kube-system', objects, rootDigest: rootDigest(objects) };
      const { evidence } = await checkForged(exported, '', change, 'argocd');
      expect(evidence).toMatch(/its Argo CD is in namespace kube-system, which is Kubernetes' own/);
      // Digests hold the namespace, so that this one fails later.
      expect((await checkForged(exported, '', change, 'kube-system')).checks).toContain(
        'integrity.yaml pass',
      );
    });
  });

  describe('objects beside the export', () => {
    const odd = {
      apiVersion: 'argoproj.io/v1alpha1',
      kind: 'Application',
      metadata: { name: 'odd', namespace: 'team-b', annotations: { a: 'x\u0085y' } },
    };
    const record = { kind: 'Application', namespace: 'team-b', name: 'odd', reason: 'U+0085' };
    const extras = `${placed('Namespace', 'team-b')}${jsonDocument(odd)}\n---\n${placed('Secret', 'team-b/token')}`;
    const version2 = {
      formatVersion: 2 as const,
      besideExport: [record],
      counts: { ConfigMap: 2, Secret: 1, Application: 2 },
    };

    test('are part of the instance, and draw its bounds', async () => {
      const { outcome, checks } = await checkForged(exportYaml, extras, version2);
      expect(checks).toHaveLength(4);
      expect((outcome as BackupIndex).extras.objects.map(({ name, beside }) => [name, beside])).toEqual([
        ['team-b', undefined],
        ['odd', true],
        ['token', undefined],
      ]);
    });

    test.each<[string, string, Partial<Manifest>, RegExp]>([
      ['in format version 1', extras, {}, /brackets that are not empty/],
      [
        'that are not named',
        extras,
        { ...version2, besideExport: [], counts: { ConfigMap: 2, Secret: 1, Application: 1 } },
        /Application team-b\/odd \(extras hold no such kind/,
      ],
      [
        'that are not there',
        '',
        version2,
        /objects beside the export that are not there: Application team-b\/odd/,
      ],
      [
        'in namespaces of Kubernetes',
        extras.replaceAll('team-b', 'kube-public'),
        { ...version2, besideExport: [{ ...record, namespace: 'kube-public' }] },
        /Application kube-public\/odd/,
      ],
      ['with a key twice', extras.replace('{', '{"kind":"Application",'), version2, /duplicated mapping key/],
      ['with raw characters', extras.replace('\\u0085', '\u0085'), version2, /not JSON in one line/],
    ])('%s are refused', async (_what, text, change, message) => {
      const { manifest } = await whole(exportYaml, text === '' ? '' : extras);
      const { outcome, evidence } = await withFolder(async (folder) => {
        const path = join(folder, 'x.tar.gz.age');
        const content = { exportYaml: Buffer.from(exportYaml), extrasYaml: Buffer.from(text) };
        const { members } = manifestFor(content);
        await write(path, exportYaml, text, { ...manifest, members, ...change });
        return check(folder, path);
      });
      expect(outcome).toMatchObject({ exitCode: EXIT.cannotOpen });
      expect(evidence).toMatch(message);
    });
  });
});
