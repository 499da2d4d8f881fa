import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { generateIdentity, identityToRecipient } from 'age-encryption';
import { readDocuments } from '../../src/argocd/documents.js';
import { indexDocuments } from '../../src/argocd/index.js';
import { loadManifests } from '../../src/argocd/manifest-source.js';
import type { Manifests } from '../../src/argocd/manifests.js';
import { type RestoreOptions, restore } from '../../src/argocd/restore.js';
import { type OpenedBackup, openBackup } from '../../src/bundle/open.js';
import type { Finding } from '../../src/checks/check.js';
import {
  importFinding,
  negativeControlFinding,
  nothingExtraFinding,
  objectsFinding,
  readBack,
  reExportFinding,
} from '../../src/checks/restore.js';
import { exec } from '../../src/exec.js';
import { silentLog } from '../../src/log.js';
import { ARGOCD, bed, runMode, startPlane, startSource, tempDir, tools } from '../bed/bed.js';

let opened: OpenedBackup;

beforeAll(async () => {
  const { plane } = await startSource();
  const identity = await generateIdentity();
  const { outputs } = await runMode('backup', {
    kubeconfig: plane.target.kubeconfig!,
    recipients: await identityToRecipient(identity),
    output: `${tempDir()}/`,
  });
  await plane.stop();
  opened = await openBackup({ path: outputs['backup-path']!, identities: [identity], intoDir: tempDir() });
}, 240_000);
afterAll(() => bed.close());

interface Schema {
  properties: Record<string, Schema>;
  default?: unknown;
}

/** A folder of manifests of the user's own: Argo CD's, with the schema of one kind's spec edited. */
async function editedManifests(kind: string, edit: (spec: Schema) => void): Promise<Manifests> {
  const choice = { ha: true, argocdVersion: ARGOCD, namespace: 'argocd' };
  const { crds, objects } = await loadManifests(choice, tools);
  const crd = crds.find(({ spec }) => (spec as { names: { kind: string } }).names.kind === kind)!;
  const { versions } = crd.spec as { versions: { schema: { openAPIV3Schema: Schema } }[] };
  edit(versions[0]!.schema.openAPIV3Schema.properties.spec!);
  const dir = tempDir();
  const list = { apiVersion: 'v1', kind: 'List', items: [...crds, ...objects] };
  writeFileSync(join(dir, 'install.json'), JSON.stringify(list));
  return loadManifests({ ...choice, manifests: dir }, tools);
}

type Findings = Record<'imported' | 'objects' | 'extra' | 'control' | 'reExport', Finding>;

async function restoreInto(manifests: Manifests, rehearsal: boolean): Promise<Findings> {
  const cluster = await startPlane();
  const read = (path: string) => indexDocuments(readDocuments(path), opened.manifest.namespace);
  const options: RestoreOptions = {
    cluster,
    opened,
    index: { export: await read(opened.exportPath), extras: await read(opened.extrasPath) },
    manifests,
    argocd: (await tools.get('argocd', ARGOCD)).path,
    importConcurrency: 2,
    rehearsal,
    exec,
    log: silentLog,
    signal: new AbortController().signal,
    phase: (_name, run) => run(),
  };
  const result = await restore(options, []);
  const back = await readBack(options);
  const findings = {
    imported: await importFinding(result, options),
    objects: await objectsFinding(options, back),
    extra: nothingExtraFinding(options, back),
    control: await negativeControlFinding(options, back),
    reExport: await reExportFinding(options, tempDir()),
  };
  await cluster.stop();
  return findings;
}

const statuses = (findings: Findings) =>
  Object.fromEntries(Object.entries(findings).map(([name, { status }]) => [name, status]));
const ALL_PASS = { imported: 'pass', objects: 'pass', extra: 'pass', control: 'pass', reExport: 'pass' };

test('a default of the new CRD is a migration: counted, listed, and no failure', async () => {
  const manifests = await editedManifests('AppProject', (spec) => {
    spec.properties.permitOnlyProjectScopedClusters!.default = false;
  });
  const findings = await restoreInto(manifests, true);
  expect(statuses(findings)).toEqual(ALL_PASS);
  const projects = opened.manifest.counts.AppProject!;
  for (const { evidence, details } of [findings.objects, findings.reExport]) {
    const [, fields, objects] = /own migrations: (\d+) fields in (\d+) objects/.exec(evidence)!;
    expect(fields).toBe(objects);
    expect(Number(fields)).toBeGreaterThan(0);
    // Those that the source has set itself are as they were.
    expect(Number(fields)).toBeLessThan(projects);
    expect(details).toEqual([
      expect.stringMatching(
        `^migration: AppProject: spec.permitOnlyProjectScopedClusters added in ${fields} `,
      ),
    ]);
  }
  // Three of each of the five kinds: what was migrated is damaged and found, too.
  expect(findings.control.evidence).toMatch(/^15 seeded damages/);
}, 180_000);

test('without a rehearsal the same default is a difference', async () => {
  const manifests = await editedManifests('AppProject', (spec) => {
    spec.properties.permitOnlyProjectScopedClusters!.default = false;
  });
  const findings = await restoreInto(manifests, false);
  expect(statuses(findings)).toMatchObject({ objects: 'fail', reExport: 'fail' });
}, 180_000);

test('a field that the new CRD does not know is a loss, and is named beside a migration', async () => {
  const manifests = await editedManifests('Application', ({ properties }) => {
    delete properties.info;
    properties.revisionHistoryLimit!.default = 10;
  });
  const findings = await restoreInto(manifests, true);
  expect(statuses(findings)).toMatchObject({
    imported: 'pass',
    objects: 'fail',
    extra: 'pass',
    reExport: 'fail',
  });
  const { differences = [], details = [] } = findings.objects;
  expect(differences.length).toBeGreaterThan(0);
  for (const difference of differences)
    expect(difference).toMatchObject({ kind: 'Application', problem: 'different', path: 'spec.info' });
  const number = differences.length;
  expect(details).toEqual([
    expect.stringMatching(`^loss: Application: spec.info removed in ${number} `),
    expect.stringMatching(/^migration: Application: spec.revisionHistoryLimit added in \d+ /),
  ]);
  expect(findings.reExport.evidence).toMatch(new RegExp(`${number} different \\(Application `));
  expect(findings.reExport.details).toEqual(details);
}, 180_000);
