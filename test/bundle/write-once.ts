/** Run as a program of its own: writes a backup of some megabytes into the folder given, and prints the error. */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { writeBackup } from '../../src/bundle/write.js';
import type { DrError } from '../../src/errors.js';

const noise = randomBytes(3_000_000);
await writeBackup({
  members: { 'export.yaml': noise, 'extras.yaml': noise, 'manifest.json': noise },
  target: join(process.argv[2]!, 'x.tar.gz'),
  receipt: {
    createdAt: '2026-11-23T20:51:20Z',
    argocdVersion: '3.1.9',
    kubernetesVersion: '1.32.8',
    source: { uid: 'c0ffee', server: 'https://127.0.0.1:6443' },
    counts: {},
  },
  seal: 'none',
}).catch((error: DrError) => console.log(error.exitCode, error.message));
