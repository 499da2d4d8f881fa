import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cancelled } from './errors.js';
import { folderPrefix } from './owner.js';

/** What a scope undoes: `close` in order and awaited; `closeNow` at once, when the process is going down. */
interface Undo {
  close(): Promise<void> | void;
  closeNow(): void;
}

const open = new Set<Scope>();
process.on('exit', () => {
  for (const scope of open) scope.closeNow();
});

/**
 * Everything a run must take back: private folders, child processes, clusters.
 * Closed on success and on failure by its owner, and on process exit whatever the reason.
 */
export class Scope {
  readonly #undos: Undo[] = [];
  #closed = false;

  /** @param tempDir where private folders are made; absent: the machine's temporary folder */
  constructor(private readonly tempDir?: string) {
    open.add(this);
  }

  /**
   * Registers one thing to take back; the last one registered goes first.
   * @throws once the scope is closed, after taking the thing back: what was still under way must not be left over
   */
  defer(close: Undo['close'], closeNow: Undo['closeNow'] = () => {}): void {
    if (this.#closed) {
      closeNow();
      throw cancelled('the run has ended');
    }
    this.#undos.push({ close, closeNow });
  }

  /** A folder that only this user can read (mode 0700), removed with the scope. */
  privateDir(purpose: string): string {
    const dir = mkdtempSync(
      join(this.tempDir ?? (process.env.RUNNER_TEMP || tmpdir()), folderPrefix(purpose)),
    );
    const remove = () => rmSync(dir, { recursive: true, force: true, maxRetries: 3 });
    this.defer(remove, remove);
    return dir;
  }

  /** Takes everything back, last first; goes on past a failure and reports the failures at the end. */
  async close(): Promise<void> {
    this.#closed = true;
    const failures: unknown[] = [];
    for (let undo = this.#undos.at(-1); undo; undo = this.#undos.at(-1)) {
      try {
        await undo.close();
      } catch (error) {
        failures.push(error);
      }
      // Not before: a process that goes down meanwhile must still take it back at once.
      this.#undos.pop();
    }
    open.delete(this);
    if (failures.length > 0) throw new AggregateError(failures, 'clean-up failed');
  }

  /** The synchronous last resort: no waiting, failures ignored. */
  closeNow(): void {
    this.#closed = true;
    for (let undo = this.#undos.pop(); undo; undo = this.#undos.pop()) {
      try {
        undo.closeNow();
      } catch {
        // Going down: the rest must still be tried.
      }
    }
    open.delete(this);
  }
}
