import { Writable } from 'node:stream';
import { invalidInput } from './errors.js';

/** Keeps what is written to it, up to a limit; what writes more is ended. */
export class Collected extends Writable {
  readonly #chunks: Buffer[] = [];
  #size = 0;

  /** @param what how the error names it */
  constructor(
    private readonly limit: number,
    private readonly what: string,
  ) {
    super();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error) => void): void {
    this.#size += chunk.length;
    const tooMuch = this.#size > this.limit;
    if (!tooMuch) this.#chunks.push(chunk);
    done(tooMuch ? this.#error() : undefined);
  }

  #error() {
    return invalidInput(`${this.what} is larger than ${this.limit / 1024 / 1024} MiB: make it smaller`);
  }

  text(): string {
    return Buffer.concat(this.#chunks).toString('utf8');
  }
}
