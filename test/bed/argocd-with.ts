import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ARGOCD, bed, tools } from './bed.js';

/**
 * An `argocd` for the front of PATH that calls the real one and does one thing wrong.
 * @param script shell lines; `$ARGOCD` is the real program, `$2` and `$3` are such as `admin export`; the real
 *   program runs after them unless they `exit`
 * @returns the environment to run with
 */
export async function argocdWith(script: string): Promise<NodeJS.ProcessEnv> {
  const real = await tools.get('argocd', ARGOCD);
  const dir = bed.privateDir('test-path');
  const path = join(dir, 'argocd');
  const lines = ['#!/bin/bash', `ARGOCD=${real.path}`, script, 'exec "$ARGOCD" "$@"', ''];
  writeFileSync(path, lines.join('\n'));
  chmodSync(path, 0o755);
  return { ...process.env, PATH: `${dir}:${process.env.PATH}` };
}
