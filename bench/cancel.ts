import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { bed } from '../test/bed/bed.js';
import { kindBed } from '../test/bed/kind/bed.js';
import { type Backup, makeBackup } from './kind.js';
import { BUNDLE, type Figure, round } from './lib.js';

const APPLICATIONS = 60;
const say = (line: string) => console.log(line);

/** By name, what a drill says at that moment. */
const MOMENTS: Record<string, RegExp> = {
  'nodes are made': /kind: Preparing nodes/,
  'the quarantine is raised': /answers at https/,
  'the backup is restored': /imported \d+ of/,
  'the servers start': /restore proven after/,
  'the canary is tried': /canary: /,
};

/** How long a drill on kind takes, from SIGINT until it has ended; it ends when its nodes are gone. */
export async function cancel(): Promise<Figure[]> {
  const { dockerHost, nodeImage } = await kindBed({ info: say, warn: say, progress: say });
  process.env.DOCKER_HOST = dockerHost;
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

async function untilGone({ sealed, keyFile }: Backup, nodeImage: string | undefined, moment: RegExp) {
  const args = ['restore-verify', '--backup', sealed, '--identity-file', keyFile, '--cluster', 'kind'];
  const report = ['--level', 'engine', '--report-dir', bed.privateDir('bench-report')];
  const image = nodeImage ? ['--node-image', nodeImage] : [];
  const child = spawn(process.execPath, [BUNDLE, ...args, ...report, ...image]);
  let at = 0;
  for (const input of [child.stdout, child.stderr])
    createInterface({ input }).on('line', (line) => {
      if (at > 0 || !moment.test(line)) return;
      at = performance.now();
      child.kill('SIGINT');
    });
  const code = await new Promise((resolve) => child.once('close', resolve));
  if (code !== 130) throw new Error(`a drill that was to be cancelled ended with ${code}`);
  return (performance.now() - at) / 1000;
}
