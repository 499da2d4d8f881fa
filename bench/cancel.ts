import { execFileSync, spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { bed } from '../test/bed/bed.js';
import { type Backup, drillArguments, makeBackup, say, upBed } from './kind.js';
import { BUNDLE, type Figure, round } from './lib.js';

const APPLICATIONS = 60;

type Moment = (text: string) => boolean;

/** By name, when that is: from what the drill has said, or from its containers. */
const MOMENTS: Record<string, Moment> = {
  'nodes are made': () => nodes() !== '',
  'the quarantine is raised': (text) => /answers at https/.test(text),
  'the backup is restored': (text) => /imported \d+ of/.test(text),
  'the servers start': (text) => /restore proven after/.test(text),
  'the canary is tried': (text) => /canary: /.test(text),
};

const nodes = () =>
  execFileSync('docker', ['ps', '--all', '--quiet', '--filter', 'label=io.x-k8s.kind.cluster'], {
    encoding: 'utf8',
  });

/** How long a drill on kind takes, from SIGINT until it has ended; it ends when its nodes are gone. */
export async function cancel(): Promise<Figure[]> {
  const nodeImage = await upBed();
  const backup = await makeBackup(APPLICATIONS);
  const figures: Figure[] = [];
  for (const [name, moment] of Object.entries(MOMENTS)) {
    const seconds = await untilGone(backup, nodeImage, moment);
    say(`SIGINT while ${name}: gone after ${round(seconds)} s`);
    figures.push({
      name: `SIGINT to a drill on kind while ${name}, until its nodes are gone`,
      value: round(seconds),
      unit: 's',
      aim: '≤ 30',
      detail: 'one run',
    });
  }
  return figures;
}

async function untilGone(backup: Backup, nodeImage: string | undefined, moment: Moment) {
  const reportDir = bed.privateDir('bench-report');
  const args = drillArguments(backup, nodeImage, { level: 'engine', reportDir });
  const child = spawn(process.execPath, [BUNDLE, ...args]);
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => void (said += chunk));
  const ended = new Promise((resolve) => child.once('close', resolve));
  while (!moment(said) && child.exitCode === null) await sleep(100);
  const at = performance.now();
  child.kill('SIGINT');
  const code = await ended;
  if (code !== 130) throw new Error(`a drill that was to be cancelled ended with ${code}:\n${said}`);
  return (performance.now() - at) / 1000;
}
