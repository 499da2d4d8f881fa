import { createHash } from 'node:crypto';

const ALPHANUMERIC = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
/** 2025-11-01T00:00:00Z: no value of the demonstration depends on the clock. */
const EPOCH = Date.UTC(2025, 10, 1);

/**
 * A reproducible stream of values: the same path gives the same stream, whatever else is generated.
 * Chris Doty-Humphrey's sfc32, keyed by SHA-256 of the path. Not for real secrets.
 */
export class Random {
  readonly #state: Uint32Array;

  constructor(...path: string[]) {
    const digest = createHash('sha256').update(JSON.stringify(path)).digest();
    this.#state = Uint32Array.from([0, 4, 8, 12], (offset) => digest.readUInt32LE(offset));
  }

  uint32(): number {
    const state = this.#state;
    const [a, b, c, d] = state as unknown as [number, number, number, number];
    const next = (a + b + d) >>> 0;
    state[0] = b ^ (b >>> 9);
    state[1] = c + (c << 3);
    state[2] = ((c << 21) | (c >>> 11)) + next;
    state[3] = d + 1;
    return next;
  }

  /** A whole number from 0 to `limit` - 1. */
  below(limit: number): number {
    return this.uint32() % limit;
  }

  pick<T>(list: readonly [T, ...T[]]): T {
    return list[this.below(list.length)]!;
  }

  bytes(length: number): Buffer {
    const buffer = Buffer.alloc(length);
    for (let i = 0; i < length; i += 4) {
      const value = this.uint32();
      for (let j = i; j < Math.min(i + 4, length); j++) buffer[j] = value >>> (8 * (j - i));
    }
    return buffer;
  }

  /** `length` letters and digits. */
  text(length: number, alphabet = ALPHANUMERIC): string {
    return Array.from({ length }, () => alphabet[this.below(alphabet.length)]).join('');
  }

  /** A Git commit's SHA-1. */
  revision(): string {
    return this.bytes(20).toString('hex');
  }

  /** A version 4 UUID. */
  uuid(): string {
    const hex = this.bytes(16).toString('hex');
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20)}`;
  }

  /** An opaque credential that shows it is none. */
  credential(): string {
    return `demo-${this.text(32)}`;
  }
}

/** A point in time, some seconds after the demonstration's epoch, as Kubernetes writes it. */
export function timestamp(seconds: number): string {
  return `${new Date(EPOCH + seconds * 1000).toISOString().slice(0, 19)}Z`;
}

/** Seconds since 1970 of a point some seconds after the demonstration's epoch. */
export function unixTime(seconds: number): number {
  return EPOCH / 1000 + seconds;
}
