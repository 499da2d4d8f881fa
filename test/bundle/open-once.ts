/** Run as a program of its own: opens a backup and reads all of it, and prints how that ended and the memory it took. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openBackup } from '../../src/bundle/open.js';
import { checkIntegrity } from '../../src/checks/integrity.js';
import type { DrError } from '../../src/errors.js';
import { Recorder } from '../../src/report/recorder.js';

const [path = '', identity = ''] = process.argv.slice(2);
const intoDir = mkdtempSync(join(tmpdir(), 'open-once-'));
const before = process.resourceUsage().maxRSS;
const recorder = new Recorder({ mode: 'restore-verify', startedAt: new Date() });
const open = () => openBackup({ path, identities: [identity], intoDir });
const end = await checkIntegrity(recorder, path, open).then(
  ({ index }) => ({ exitCode: 0, message: `${index.export.objects.length} objects` }),
  ({ exitCode, message }: DrError) => ({ exitCode, message }),
);
const members = readdirSync(intoDir);
rmSync(intoDir, { recursive: true });
const megabytes = Math.round((process.resourceUsage().maxRSS - before) / 1024);
console.log(JSON.stringify({ ...end, megabytes, members }));
