import { describe, expect, test } from '@jest/globals';
import type { Exec } from '../../../src/exec.js';
import { silentLog } from '../../../src/log.js';
import { bedDir, imagesOf, plan } from './bed.js';

/** A docker that knows how to do some things; the rest fails. */
function docker(able: string[]) {
  const asked: string[] = [];
  const run: Exec = async (_command, args) => {
    const line = args.join(' ');
    asked.push(line);
    return { code: able.some((start) => line.startsWith(start)) ? 0 : 1, stdout: '', stderr: '' };
  };
  return { run, asked };
}

describe('plan', () => {
  const of = (able: string[], env: NodeJS.ProcessEnv = {}) => plan(env, docker(able).run, silentLog);

  test.each([
    ['no daemon answers', [], 'build'],
    ['the daemon can pull nothing', ['version'], 'build'],
    ["kind's node image is there", ['version', 'image inspect kindest/node:'], 'use'],
    ["kind's node image can be pulled", ['version', 'pull --quiet kindest/node:'], 'use'],
    ['the daemon holds what the bed has built', ['version', 'image inspect', 'pull'], 'build'],
  ])('%s: %s → %s', async (_when, able, expected) => {
    expect(await of(able)).toBe(expected);
  });

  test('there is no docker program at all', async () => {
    const missing: Exec = async () => Promise.reject(new Error('spawn docker ENOENT'));
    expect(await plan({}, missing, silentLog)).toBe('build');
  });

  test.each(['use', 'build'])('ARGOCD_DR_BED=%s decides, and nothing is asked', async (forced) => {
    const { run, asked } = docker([]);
    expect(await plan({ ARGOCD_DR_BED: forced }, run, silentLog)).toBe(forced);
    expect(asked).toEqual([]);
  });

  test('another ARGOCD_DR_BED is refused', async () => {
    await expect(of([], { ARGOCD_DR_BED: 'yes' })).rejects.toThrow('ARGOCD_DR_BED is "yes"');
  });
});

test('imagesOf names each image of a manifest once', () => {
  const manifest = ['      - image: b/redis:2', '        image: a/argocd:v1', '        image: a/argocd:v1'];
  expect(imagesOf([...manifest, '        imagePullPolicy: Always', 'image:'].join('\n'))).toEqual([
    'a/argocd:v1',
    'b/redis:2',
  ]);
});

test.each([
  [{ XDG_CACHE_HOME: '/cache', HOME: '/home/u' }, '/cache/argocd-dr-bed'],
  [{ HOME: '/home/u' }, '/home/u/.cache/argocd-dr-bed'],
])('bedDir of %j is %s', (env, expected) => {
  expect(bedDir(env)).toBe(expected);
});
