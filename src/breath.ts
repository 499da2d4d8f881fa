import { setImmediate as turn } from 'node:timers/promises';

/** A loop that takes longer lets others in. */
const LONGEST_MS = 50;

/** For long loops over what is in memory: without a pause neither timers nor signals are seen, and a timeout is none. */
export class Breath {
  #since = performance.now();

  constructor(private readonly signal: AbortSignal | undefined) {}

  /**
   * To be awaited in each round.
   * @throws the signal's reason once it is aborted
   */
  async take(): Promise<void> {
    if (performance.now() - this.#since > LONGEST_MS) {
      await turn();
      this.#since = performance.now();
    }
    this.signal?.throwIfAborted();
  }
}
