import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { exec, tail } from '../../src/exec.js';
import { defaultCacheDir } from '../../src/tools/store.js';

/** The release that act.ts was written against; it rests on much that act does not document. */
export const ACT_VERSION = 'v0.2.89';

/**
 * Path of act (https://github.com/nektos/act); built with the Go toolchain once and kept in the tools' cache.
 * @throws with the end of Go's output where it cannot be built
 */
export async function actProgram(): Promise<string> {
  const cache = defaultCacheDir(process.env);
  const folder = join(cache, `act-${ACT_VERSION}`);
  if (!existsSync(folder)) await build(cache, folder);
  return join(folder, 'act');
}

async function build(cache: string, folder: string): Promise<void> {
  mkdirSync(cache, { recursive: true });
  const unfinished = mkdtempSync(`${folder}-`);
  try {
    const { code, stderr } = await exec('go', ['install', `github.com/nektos/act@${ACT_VERSION}`], {
      set: { GOBIN: unfinished, GOFLAGS: '' },
    });
    if (code !== 0) throw new Error(`go install of act failed: ${tail(stderr)}`);
    if (!existsSync(folder)) renameSync(unfinished, folder);
  } finally {
    rmSync(unfinished, { recursive: true, force: true });
  }
}
