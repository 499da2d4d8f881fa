import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DrError, type ExitCode } from '../../src/errors.js';
import { type ApiOptions, connectGitHub } from '../../src/github/api.js';
import type { Repository } from '../../src/github/repository.js';
import { type GitHubBed, startGitHub } from '../bed/github/server.js';
import { cleanUp, recordingLog, tempDir } from '../tools/bench.js';

export const repository: Repository = { owner: 'octo-org', repo: 'octo-repo' };

/** A server for one test. */
export async function github(): Promise<GitHubBed> {
  const bed = await startGitHub();
  cleanUp(() => bed.close());
  return bed;
}

/** The API of a server, where a second of waiting takes a millisecond. */
export function apiOf(bed: GitHubBed, options: Partial<ApiOptions> = {}) {
  const log = recordingLog();
  const api = connectGitHub({ token: 'T0KEN', env: bed.env, log, secondMs: 1, ...options });
  return { api, log };
}

/** A private folder for one test. */
export function privateDir(): string {
  const dir = join(tempDir(), 'private');
  mkdirSync(dir, { mode: 0o700 });
  return dir;
}

/** The error that work ends in, which has to be one for users, with this exit code. */
export async function errorOf(work: Promise<unknown>, exitCode: ExitCode): Promise<DrError> {
  const error = await work.then(
    (value) => new Error(`expected an error, got ${JSON.stringify(value)}`),
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof DrError))
    throw new Error(`expected a DrError, got ${String(error)}`, { cause: error });
  if (error.exitCode !== exitCode)
    throw new Error(`expected exit code ${exitCode}, got ${error.exitCode}: ${error.message}`);
  return error;
}

/** The requests so far, as `GET /path?query`. */
export const linesOf = ({ asked }: GitHubBed) => asked.map(({ line }) => line);

/**
 * Lets this process look like a job of a server's run until the test is over: the artifact client reads the
 * environment, and prints commands that a runner of these tests would obey.
 * @returns what it has printed so far
 */
export function asRunner(bed: GitHubBed): () => string {
  const kept = { ...process.env };
  const { write } = process.stdout;
  let printed = '';
  Object.assign(process.env, bed.env);
  process.stdout.write = ((chunk: string) => (printed += chunk) !== '') as typeof write;
  cleanUp(() => {
    process.stdout.write = write;
    process.env = kept;
  });
  return () => printed;
}
