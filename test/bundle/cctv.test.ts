import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { inflateSync } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import { readAgeHeader, unsealWith } from '../../src/bundle/age.js';
import { recognise } from '../../src/bundle/recognise.js';
import { DrError, EXIT } from '../../src/errors.js';
import { sha256 } from './sample.js';

const FOLDER = join(import.meta.dirname, '../fixtures/cctv/vectors');

interface Vector {
  name: string;
  fields: Map<string, string[]>;
  file: Buffer;
}

function readVector(name: string): Vector {
  const bytes = readFileSync(join(FOLDER, name));
  const end = bytes.indexOf('\n\n');
  const fields = new Map<string, string[]>();
  for (const line of bytes.subarray(0, end).toString().split('\n')) {
    const [key, value] = line.split(/: (.*)/s) as [string, string];
    fields.set(key, [...(fields.get(key) ?? []), value]);
  }
  const body = bytes.subarray(end + 2);
  return { name, fields, file: fields.get('compressed')?.[0] === 'zlib' ? inflateSync(body) : body };
}

/** Opens a vector as openBackup() does, and returns what was released together with the error, if any. */
async function decrypt({ fields, file }: Vector): Promise<{ released: Buffer; error?: unknown }> {
  const released: Uint8Array[] = [];
  try {
    expect(recognise(file, 'vector')).toBe('age');
    const header = readAgeHeader(file);
    if (!header) throw new Error('no header');
    const keys = { identities: fields.get('identity') ?? [], passphrase: fields.get('passphrase')?.[0] };
    for await (const chunk of unsealWith(keys, header, 'vector')(inPieces(file))) released.push(chunk);
    return { released: Buffer.concat(released) };
  } catch (error) {
    return { released: Buffer.concat(released), error };
  }
}

/** Slowly: a web stream that fails drops what its reader has not taken yet. */
async function* inPieces(file: Buffer) {
  for (let start = 0; start < file.length; start += 10_000) {
    yield file.subarray(start, start + 10_000);
    await setImmediate();
  }
}

const vectors = readdirSync(FOLDER)
  .filter((name) => !name.startsWith('.'))
  .map(readVector);
const armored = vectors.filter(({ fields }) => fields.has('armored'));
const binary = vectors.filter(({ fields }) => !fields.has('armored'));
const expecting = (what: string) => binary.filter(({ fields }) => fields.get('expect')?.[0] === what);

test('all vectors are there', () => {
  expect([vectors.length, armored.length]).toEqual([143, 33]);
});

test.each(expecting('success'))('$name opens', async (vector) => {
  const { released, error } = await decrypt(vector);
  expect(error).toBeUndefined();
  expect(sha256(released)).toBe(vector.fields.get('payload')![0]);
});

test.each(expecting('no match'))('$name: no key fits, and we say so', async (vector) => {
  const { released, error } = await decrypt(vector);
  expect(error).toBeInstanceOf(DrError);
  expect(error).toMatchObject({
    exitCode: EXIT.cannotOpen,
    message: expect.stringMatching(/does not open|no identity was given/),
  });
  expect(released).toHaveLength(0);
});

describe.each(['HMAC failure', 'header failure'])('%s', (failure) => {
  test.each(expecting(failure))('$name releases nothing', async (vector) => {
    const { released, error } = await decrypt(vector);
    expect(error).toBeDefined();
    expect(released).toHaveLength(0);
  });
});

/** The library holds the last chunk back until it knows that it is the last, so it may release a chunk less. */
const authentic = new Set([sha256(''), ...vectors.flatMap(({ fields }) => fields.get('payload') ?? [])]);

test.each(expecting('payload failure'))(
  '$name fails, and releases what is authentic only',
  async (vector) => {
    const { released, error } = await decrypt(vector);
    expect(error).toBeDefined();
    expect(authentic).toContain(sha256(released));
  },
);

test.each(armored)('$name is refused, as every armored file is', ({ file }) => {
  expect(() => recognise(file, 'vector')).toThrow(DrError);
});
