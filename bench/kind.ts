import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { generateIdentity, identityToRecipient } from 'age-encryption';
import { openBackup } from '../src/bundle/open.js';
import { exec } from '../src/exec.js';
import type { Report } from '../src/report/report.js';
import { DEFAULT_VERSIONS } from '../src/tools/versions.js';
import { ARGOCD, bed, startSource, tools } from '../test/bed/bed.js';
import { kindBed } from '../test/bed/kind/bed.js';
import { bundle, type Figure, median, round } from './lib.js';

const APPLICATIONS = Number(process.env.BENCH_KIND_APPLICATIONS ?? 1_000);
const RUNS = Number(process.env.BENCH_KIND_RUNS ?? 3);
export const say = (line: string) => console.log(line);

export interface Backup {
  sealed: string;
  exported: string;
  keyFile: string;
}

/** Seconds of each phase of the script that is written by hand, and `total`. */
type ByHand = Record<string, number>;

/** The drill to level running against the script that a careful engineer writes by hand, turn about. */
export async function kind(): Promise<Figure[]> {
  const nodeImage = await upBed();
  const backup = await makeBackup(APPLICATIONS);
  const pairs: { byHand: ByHand; report: Report; seconds: number }[] = [];
  for (let run = 0; run < RUNS; run++) {
    const byHand = await runByHand(backup, nodeImage);
    const { report, seconds } = await runDrill(backup, nodeImage);
    say(`by hand ${byHand.total} s, drill ${round(seconds)} s`);
    pairs.push({ byHand, report, seconds });
  }
  return figuresOf(pairs);
}

/** Makes the bed for kind, for this process and all that it starts; the image of its nodes, if it has made one. */
export async function upBed(): Promise<string | undefined> {
  const { dockerHost, nodeImage } = await kindBed({ info: say, warn: say, progress: say });
  process.env.DOCKER_HOST = dockerHost;
  return nodeImage;
}

/** The command line of a drill on kind. */
export const drillArguments = (
  { sealed, keyFile }: Backup,
  nodeImage: string | undefined,
  { level, reportDir }: { level: string; reportDir: string },
): string[] => [
  ...['restore-verify', '--backup', sealed, '--identity-file', keyFile],
  ...['--cluster', 'kind', '--level', level, '--report-dir', reportDir],
  ...(nodeImage ? ['--node-image', nodeImage] : []),
];

/** A sealed backup of a demonstration source with so many Applications. */
export async function makeBackup(applications: number): Promise<Backup> {
  const dir = bed.privateDir('bench-kind');
  const { plane } = await startSource(applications);
  const identity = await generateIdentity();
  const sealed = join(dir, 'backup.tar.gz.age');
  const recipient = await identityToRecipient(identity);
  const from = ['--kubeconfig', plane.target.kubeconfig!, '--recipients', recipient];
  await bundle('backup', ...from, '--output', sealed, '--report-dir', join(dir, 'report'));
  await plane.stop();
  const opened = await openBackup({
    path: sealed,
    identities: [identity],
    intoDir: bed.privateDir('bench-open'),
  });
  const keyFile = join(dir, 'key.txt');
  writeFileSync(keyFile, identity, { mode: 0o600 });
  return { sealed, exported: opened.exportPath, keyFile };
}

async function runByHand({ exported }: Backup, nodeImage = ''): Promise<ByHand> {
  const [kindProgram, kubectl, argocd, manifest] = await Promise.all([
    tools.get('kind', DEFAULT_VERSIONS.kind),
    tools.get('kubectl', DEFAULT_VERSIONS.kubernetes),
    tools.get('argocd', ARGOCD),
    tools.manifests(ARGOCD, { ha: true }),
  ]);
  const script = join(import.meta.dirname, '..', 'test', 'bed', 'kind', 'by-hand.sh');
  const { code, stdout, stderr } = await exec('bash', [script, exported, 'argocd'], {
    set: {
      ...process.env,
      KIND: kindProgram.path,
      KUBECTL: kubectl.path,
      ARGOCD: argocd.path,
      MANIFEST: manifest,
      NODE_IMAGE: nodeImage,
    },
  });
  if (code !== 0) throw new Error(`by-hand.sh ended with ${code}: ${stderr}`);
  const phases = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { phase: string; seconds: number });
  return Object.fromEntries(phases.map(({ phase, seconds }) => [phase, seconds]));
}

async function runDrill(backup: Backup, nodeImage: string | undefined) {
  const reportDir = bed.privateDir('bench-report');
  const { seconds } = await bundle(...drillArguments(backup, nodeImage, { level: 'running', reportDir }));
  const report = JSON.parse(readFileSync(join(reportDir, 'report.json'), 'utf8')) as Report;
  return { report, seconds };
}

function figuresOf(pairs: { byHand: ByHand; report: Report; seconds: number }[]): Figure[] {
  const name = `kind drill of ${APPLICATIONS} Applications`;
  const restored = pairs.map(({ report }) => restoredAt(report));
  return [
    {
      name: `${name} to level running ÷ the script by hand`,
      value: round(median(pairs.map(({ byHand, report }) => report.rtoSeconds! / byHand.total!))),
      unit: '×',
      aim: '≤ 0.5',
      detail: pairs
        .map(({ byHand, report }) => `${round(report.rtoSeconds!)} s ÷ ${byHand.total} s`)
        .join('; '),
    },
    {
      name: `${name}: time to the verdict of level restore`,
      value: round(median(restored)),
      unit: 's',
      aim: '≤ 60',
      detail: restored.map((seconds) => `${round(seconds)} s`).join('; '),
    },
    {
      name: `${name}: the whole run, removal of the cluster included`,
      value: round(median(pairs.map(({ seconds }) => seconds))),
      unit: 's',
      aim: '',
      detail: `by hand, without removal: ${JSON.stringify(pairs.at(-1)!.byHand)}`,
    },
    ...pairs.at(-1)!.report.phases.map(({ name: phase, startMs, endMs }) => ({
      name: `phase of the last drill: ${phase}`,
      value: round((endMs - startMs) / 1000),
      unit: 's',
      aim: '',
      detail: `from ${round(startMs / 1000)} s on`,
    })),
  ];
}

/** Seconds until the last check of level restore was made. */
function restoredAt({ phases }: Report): number {
  const ends = phases.filter(({ name }) => name === 'compare' || name === 'export again');
  return Math.max(...ends.map(({ endMs }) => endMs)) / 1000;
}
