// Makes the test bed for kind, and prints what a shell needs to use it:
//   eval "$(npx tsx test/bed/kind/up.ts)"
// With --reset it first takes back what it has built, but for programs and what is in use.
import { parseArgs } from 'node:util';
import { kindBed, resetBed } from './bed.js';

const say = (line: string) => void process.stderr.write(`${line}\n`);
const log = { info: say, warn: say, progress: say };

const { values } = parseArgs({ options: { reset: { type: 'boolean', default: false } } });
if (values.reset) await resetBed(log);
const { dockerHost, nodeImage } = await kindBed(log);
process.stdout.write(`export DOCKER_HOST=${dockerHost}\n`);
if (nodeImage) process.stdout.write(`export NODE_IMAGE=${nodeImage}\n`);
