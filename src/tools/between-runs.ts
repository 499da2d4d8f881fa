import type { Entry, Origin } from './store.js';

/** A file that a run can leave behind for later runs. */
export interface Keepable {
  /** Such as `etcd 3.6.8`. */
  label: string;
  /** Its place in the tool store, which says the tool, the version and the platform. */
  entry: Entry;
  origin: Origin;
  /** What decides the file's bytes, as a SHA-256 in hex: its own digest, or that of the recipe it is built by. */
  decidedBy(): Promise<string> | string;
  /** The file's SHA-256, where it is known beforehand. */
  sha256?: string;
}

/** Keeps files from run to run where the machine does not. */
export interface BetweenRuns {
  /**
   * Writes a file to a path: the one that an earlier run left, checked, else by `get`; that one is then left for
   * later runs. Rejects as `decidedBy` and `get` do, and when the run is stopped; for nothing else.
   * @returns whether it is the file of an earlier run
   */
  through(item: Keepable, to: string, get: () => Promise<void>): Promise<boolean>;
  /** Waits for what is still being saved: not long, and in a run that was stopped not at all. Never rejects. */
  flush(): Promise<void>;
}

export const nothingBetweenRuns: BetweenRuns = {
  async through(_item, _to, get) {
    await get();
    return false;
  },
  async flush() {},
};
