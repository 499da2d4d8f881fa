import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { cancelled, infraError } from '../../src/errors.js';
import { watched } from '../../src/modes/levels/quarantine.js';
import type { Quarantine } from '../../src/quarantine/quarantine.js';

/** A quarantine that breaks after some time, or never. */
function quarantine(breaksAfterMs?: number): Pick<Quarantine, 'watch'> {
  return {
    async watch(signal) {
      await sleep(breaksAfterMs ?? 1e8, undefined, { signal }).catch(() => {
        throw cancelled();
      });
      throw infraError('the quarantine does not hold');
    },
  };
}

/** Work that ends when it is stopped. */
function work(ms: number) {
  const stopping = new AbortController();
  let reason: unknown;
  return {
    stop: (why: unknown) => {
      reason = why;
      stopping.abort();
    },
    stoppedBy: () => reason,
    run: () => sleep(ms, 'done', { signal: stopping.signal }),
  };
}

const watch = (broken: Pick<Quarantine, 'watch'>, { stop, run }: ReturnType<typeof work>) =>
  watched(broken as Quarantine, stop, run);

test('work under a quarantine that holds gives its result, and the watch ends with it', async () => {
  expect(await watch(quarantine(), work(5))).toBe('done');
});

test('a quarantine that breaks stops the work, and is what the drill ends with', async () => {
  const job = work(1e8);
  await expect(watch(quarantine(5), job)).rejects.toThrow('the quarantine does not hold');
  expect(job.stoppedBy()).toMatchObject({ message: 'the quarantine does not hold' });
});

test('work that fails by itself ends with its own error', async () => {
  const failing = { ...work(0), run: () => Promise.reject(new Error('of the work')) };
  await expect(watched(quarantine() as Quarantine, failing.stop, failing.run)).rejects.toThrow('of the work');
  expect(failing.stoppedBy()).toBeUndefined();
});
