import type { Annotation } from './github/annotations.js';

/** What a run tells the machine it runs on, beside its log. */
export interface Runner {
  /** Hides secret values in all that is printed from now on, where others may read it; elsewhere none is asked for. */
  mask(values: () => Promise<Iterable<string>>): Promise<void>;
  /** Shows what is wrong in a file at its place. */
  annotate(annotations: readonly Annotation[]): void;
  /** Told before a cluster is made that has to go, even if this process is killed. */
  makes(cluster: string): void;
  /** Runs what prints somebody else's output, so that commands in it are not obeyed. */
  foreign<T>(run: () => Promise<T>): Promise<T>;
  /** The folder for private folders; absent: the machine's temporary one. */
  tempDir?: string | undefined;
}

/** A runner that has nobody to tell. */
export const noRunner: Runner = { async mask() {}, annotate() {}, makes() {}, foreign: (run) => run() };
