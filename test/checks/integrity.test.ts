import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { splitDocuments } from '../../src/argocd/documents.js';
import { indexDocuments } from '../../src/argocd/index.js';
import { rootDigest } from '../../src/bundle/digest.js';
import type { Manifest } from '../../src/bundle/manifest.js';
import { openBackup } from '../../src/bundle/open.js';
import { writeBackup } from '../../src/bundle/write.js';
import { expectedChecks } from '../../src/checks/catalog.js';
import { checkIntegrity, compareWithManifest, objectRecords } from '../../src/checks/integrity.js';
import { DrError, EXIT } from '../../src/errors.js';
import { Recorder } from '../../src/report/recorder.js';
import { identity, manifestFor, optionsFor, withFolder, writeSample } from '../bundle/sample.js';

const yaml = (kind: string, ...names: string[]) =>
  names.map((name) => `apiVersion: v1\nkind: ${kind}\nmetadata:\n  name: ${name}\n---\n`).join('');

async function* chunk(text: string): AsyncGenerator<Buffer> {
  yield Buffer.from(text);
}
const indexOf = (text: string) => indexDocuments(splitDocuments(chunk(text)), 'argocd');

const exportYaml = yaml('ConfigMap', 'argocd-cm', 'argocd-rbac-cm') + yaml('Secret', 'argocd-secret');
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
      evidence: '4 object digests and the root digest match; the export holds 2 ConfigMap, 1 Secret.',
      details: [],
    });
  });

  test('the order of the records and of the counts does not matter', async () => {
    const { index, manifest } = await whole();
    const turned = {
      ...manifest,
      objects: [...manifest.objects].reverse(),
      counts: { Secret: 1, ConfigMap: 2 },
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
      (manifest) => ({ ...manifest, counts: { ConfigMap: 2, Secret: 2 } }),
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
  async function check(folder: string, path: string) {
    const recorder = new Recorder({ mode: 'restore-verify', startedAt: new Date() });
    const outcome = await checkIntegrity(recorder, path, () =>
      openBackup({ path, identities: [identity], intoDir: folder }),
    ).then(
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
    ['an alias', `${exportYaml}${yaml('Secret', 'a')}x: &y 1\n`, /document 5 has an anchor or alias/],
    [
      'a repeated key',
      exportYaml.replace('kind: Secret', 'kind: Secret\nkind: Secret'),
      /duplicated mapping key/,
    ],
    ['a repeated object', exportYaml + exportYaml, /document 4 repeats ConfigMap argocd\/argocd-cm/],
    ['a cut text', exportYaml.slice(0, exportYaml.lastIndexOf('argocd-secret')), /document 3 is not/],
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
      const { path } = await writeSample(folder);
      const { outcome, checks } = await check(folder, path);
      expect(outcome).toMatchObject({ exitCode: EXIT.cannotOpen });
      expect(checks.at(-1)).toBe('integrity.objects fail');
    });
  });
});
