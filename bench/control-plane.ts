import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { generateIdentity, identityToRecipient } from 'age-encryption';
import { readDocuments } from '../src/argocd/documents.js';
import { indexDocuments, readObject } from '../src/argocd/index.js';
import { loadManifests } from '../src/argocd/manifest-source.js';
import { applyManifests, applyObjects } from '../src/argocd/manifests.js';
import { namespaceFlags } from '../src/argocd/namespaces.js';
import { openBackup } from '../src/bundle/open.js';
import type { ControlPlane } from '../src/cluster/control-plane.js';
import type { Report } from '../src/report/report.js';
import { ARGOCD, bed, startPlane, startSource, tools } from '../test/bed/bed.js';
import { bundle, type Figure, measure, median, type Run, round, timed } from './lib.js';

const LARGE = Number(process.env.BENCH_APPLICATIONS ?? 10_000);

/** Backups and drills on the embedded control plane. */
export const controlPlane = async (): Promise<Figure[]> => [
  await startUp(),
  ...(await smallDrill()),
  ...(await large()),
];

async function startUp(): Promise<Figure> {
  const runs: number[] = [];
  for (let i = 0; i < 9; i++) runs.push((await bundle('--help')).firstLineSeconds);
  return {
    name: 'bundle: start to first line',
    value: round(median(runs), 3),
    unit: 's',
    aim: '≤ 0.2',
    detail: 'median of 9',
  };
}

async function smallDrill(): Promise<Figure[]> {
  const planes = async () => {
    const started = await Promise.all([startPlane('a'), startPlane('b')]);
    await Promise.all(started.map((plane) => plane.stop()));
  };
  const runs: { bare: number; drill: number }[] = [];
  for (let i = 0; i < 3; i++) {
    const bare = (await timed('two bare control planes', planes)).seconds;
    const drill = await bundle('drill', '--applications', '100', '--report-dir', bed.privateDir('bench'));
    console.log(`drill of 100 Applications: ${drill.seconds.toFixed(2)} s`);
    runs.push({ bare, drill: drill.seconds });
  }
  const detail = runs.map(({ bare, drill }) => `${round(drill)} s ÷ ${round(bare)} s`).join('; ');
  const ratio = median(runs.map(({ bare, drill }) => drill / bare));
  return [
    {
      name: 'drill of 100 Applications ÷ bare start of two control planes',
      value: round(ratio),
      unit: '×',
      aim: '',
      detail,
    },
    {
      name: 'drill of 100 Applications',
      value: round(median(runs.map(({ drill }) => drill))),
      unit: 's',
      aim: '≤ 10',
      detail: 'median of 3',
    },
  ];
}

async function largeBackup(
  source: ControlPlane,
  dir: string,
  recipient: string,
): Promise<{ path: string; figures: Figure[] }> {
  const argocd = await tools.get('argocd', ARGOCD);
  const { kubeconfig = '' } = source.target;
  const scope = { namespace: 'argocd', applicationNamespaces: ['*'], applicationsetNamespaces: ['*'] };
  const plainArgs = ['admin', 'export', '-n', 'argocd', '--kubeconfig', kubeconfig, ...namespaceFlags(scope)];
  const runs: { plain: number; ours: Run }[] = [];
  let path = '';
  for (let i = 0; i < 3; i++) {
    const plain = await measure(argocd.path, plainArgs, { stdout: join(dir, 'plain.yaml') });
    path = join(dir, `backup-${i}.tar.gz.age`);
    const ours = await bundle(
      'backup',
      '--kubeconfig',
      kubeconfig,
      '--recipients',
      recipient,
      '--output',
      path,
      '--report-dir',
      dir,
    );
    console.log(`backup ${ours.seconds.toFixed(2)} s, plain export ${plain.seconds.toFixed(2)} s`);
    runs.push({ plain: plain.seconds, ours });
  }
  const figures = [
    {
      name: `backup of ${LARGE} Applications ÷ plain argocd admin export`,
      value: round(median(runs.map(({ plain, ours }) => ours.seconds / plain))),
      unit: '×',
      aim: '≤ 1.3',
      detail: runs.map(({ plain, ours }) => `${round(ours.seconds)} s ÷ ${round(plain)} s`).join('; '),
    },
    {
      name: `peak memory of a backup of ${LARGE} Applications`,
      value: round(Math.max(...runs.map(({ ours }) => ours.peakMb)), 0),
      unit: 'MB',
      aim: '< 512',
      detail: 'resident, of node, the largest of 3',
    },
  ];
  return { path, figures };
}

async function largeRestore(path: string, identity: string, dir: string): Promise<Figure[]> {
  const opened = await openBackup({ path, identities: [identity], intoDir: bed.privateDir('bench-open') });
  const target = await prepareForPlainImport(opened.extrasPath);
  const argocd = await tools.get('argocd', ARGOCD);
  const scope = { namespace: 'argocd', applicationNamespaces: ['*'], applicationsetNamespaces: ['*'] };
  const args = [
    'admin',
    'import',
    '-n',
    'argocd',
    '--kubeconfig',
    target.target.kubeconfig!,
    ...namespaceFlags(scope),
    '-',
  ];
  const plain = await measure(argocd.path, args, { stdin: opened.exportPath });
  console.log(`plain import: ${plain.seconds.toFixed(2)} s`);
  await target.stop();
  const keyFile = join(dir, 'key.txt');
  writeFileSync(keyFile, identity, { mode: 0o600 });
  const drill = await bundle(
    'restore-verify',
    '--backup',
    path,
    '--identity-file',
    keyFile,
    '--cluster',
    'control-plane',
    '--report-dir',
    dir,
  );
  const report = JSON.parse(readFileSync(join(dir, 'report.json'), 'utf8')) as Report;
  const phase = (name: string) => {
    const { startMs = 0, endMs = 0 } = report.phases.find((each) => each.name === name) ?? {};
    return (endMs - startMs) / 1000;
  };
  console.log(
    `restore-verify: ${drill.seconds.toFixed(2)} s, of which restore ${phase('restore').toFixed(2)} s`,
  );
  const name = `restore of ${LARGE} Applications`;
  return [
    {
      name: `${name} ÷ plain argocd admin import`,
      value: round(phase('restore') / plain.seconds),
      unit: '×',
      aim: '≤ 0.33',
      detail: `${round(phase('restore'))} s (CRDs, extras, import, owners) ÷ ${round(plain.seconds)} s`,
    },
    {
      name: `${name}, verified`,
      value: round(drill.seconds),
      unit: 's',
      aim: '',
      detail: 'whole restore-verify, from the file to the verdict',
    },
    {
      name: `peak memory of restore-verify of ${LARGE} Applications`,
      value: round(drill.peakMb, 0),
      unit: 'MB',
      aim: '',
      detail: 'resident, of node',
    },
  ];
}

/** What a careful engineer does before a plain import: install, namespaces, settings. */
async function prepareForPlainImport(extrasPath: string): Promise<ControlPlane> {
  const [plane, manifests] = await Promise.all([
    startPlane('plain'),
    loadManifests({ ha: true, argocdVersion: ARGOCD, namespace: 'argocd' }, tools),
  ]);
  await applyManifests(plane.kube, manifests, 'argocd');
  const extras = await indexDocuments(readDocuments(extrasPath), 'argocd');
  for (const object of extras.objects)
    await applyObjects(plane.kube, [await readObject(extrasPath, object)], 'argocd');
  return plane;
}

async function large(): Promise<Figure[]> {
  const dir = bed.privateDir('bench-large');
  const { value: source } = await timed(`source with ${LARGE} Applications`, () => startSource(LARGE));
  const identity = await generateIdentity();
  const { path, figures } = await largeBackup(source.plane, dir, await identityToRecipient(identity));
  await source.plane.stop();
  return [...figures, ...(await largeRestore(path, identity, dir))];
}
