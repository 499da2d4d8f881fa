import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { exec, tail } from '../../src/exec.js';
import { defaultCacheDir } from '../../src/tools/store.js';

/** The reference implementation, by the author of the format. */
const VERSION = 'v1.3.2';

export interface ReferenceAge {
  age: string;
  ageKeygen: string;
}

/** Paths of the reference `age` and `age-keygen`; built with the Go toolchain once and kept in the cache. */
export async function referenceAge(): Promise<ReferenceAge> {
  const cache = defaultCacheDir(process.env);
  const folder = join(cache, `reference-age-${VERSION}`);
  if (!existsSync(folder)) await build(cache, folder);
  return { age: join(folder, 'age'), ageKeygen: join(folder, 'age-keygen') };
}

async function build(cache: string, folder: string): Promise<void> {
  mkdirSync(cache, { recursive: true });
  const unfinished = mkdtempSync(`${folder}-`);
  try {
    const packages = ['age', 'age-keygen'].map((name) => `filippo.io/age/cmd/${name}@${VERSION}`);
    const { code, stderr } = await exec('go', ['install', ...packages], {
      set: { GOBIN: unfinished, GOFLAGS: '' },
    });
    if (code !== 0) throw new Error(`go install of the reference age failed: ${tail(stderr)}`);
    if (!existsSync(folder)) renameSync(unfinished, folder);
  } finally {
    rmSync(unfinished, { recursive: true, force: true });
  }
}
