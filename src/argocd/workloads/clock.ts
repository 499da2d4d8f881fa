import { setTimeout as pause } from 'node:timers/promises';
import { cancelled } from '../../errors.js';

/** Time as a wait sees it; tests hand in one that runs as they say. */
export interface Clock {
  /** Milliseconds, from any start. */
  now(): number;
  /** @throws DrError (cancelled) as soon as the signal says so */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}

export const realClock: Clock = {
  now: () => performance.now(),
  async sleep(ms, signal) {
    await pause(ms, undefined, { signal }).catch(() => {
      throw signal.reason instanceof Error ? signal.reason : cancelled();
    });
  },
};
