import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { lock } from 'proper-lockfile';
import type { Log } from '../log.js';

/** A lock whose holder has not touched it for this long belongs to a process that died. */
const STALE_MS = 20_000;
const TOUCH_MS = 5_000;
const POLL_MS = 500;

/**
 * Runs while no other process, nor anyone else in this one, holds the lock of a folder. Says so when it has
 * to wait.
 * @param dir an existing folder
 * @param what what the folder is for, such as `etcd 3.6.8`
 */
export async function withLock<T>(
  dir: string,
  what: string,
  { log, signal }: { log: Log; signal: AbortSignal | undefined },
  run: () => Promise<T>,
): Promise<T> {
  const release = await acquire(dir, what, log, signal);
  try {
    return await run();
  } finally {
    // A lock that was lost meanwhile cannot be given back; the loss has been told.
    await release().catch(() => {});
  }
}

async function acquire(dir: string, what: string, log: Log, signal: AbortSignal | undefined) {
  for (let waiting = false; ; ) {
    try {
      return await lock(dir, {
        lockfilePath: join(dir, '.lock'),
        stale: STALE_MS,
        update: TOUCH_MS,
        onCompromised: (error) => log.warn(`${what}: the lock of ${dir} was lost: ${error.message}`),
      });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ELOCKED') throw error;
    }
    if (!waiting) log.info(`${what}: another run is getting it, waiting for that`);
    waiting = true;
    await sleep(POLL_MS, undefined, signal ? { signal } : {});
  }
}
