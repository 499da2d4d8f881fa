import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Receipt } from '../bundle/manifest.js';
import { storageError } from '../bundle/storage.js';
import { cannotOpen, DrError, EXIT, infraError, messageOf } from '../errors.js';
import type { Log } from '../log.js';
import { proxiedFetch } from '../proxied-fetch.js';
import { download, type Net } from '../tools/download.js';
import type { GitHubApi } from './api.js';
import { statusOf } from './api-errors.js';
import { fullName, type Repository } from './repository.js';
import { artifactLabel, type RunArtifact } from './run-artifacts.js';
import { ACTIONS_READ } from './runs.js';
import { checkSealed } from './sealed.js';
import { unzipBackup } from './unzip.js';
import { ZIP_LIMITS, ZIP_OVERHEAD } from './zip-entries.js';

export interface FetchOptions {
  api: GitHubApi;
  repository: Repository;
  artifact: RunArtifact;
  /** A private folder (mode 0700) that exists; the backup and its receipt are left in it, and nothing else. */
  intoDir: string;
  net: Net;
  /** The most bytes that are downloaded; tests take less. */
  limit?: number;
}

export interface FetchedBackup {
  path: string;
  receiptPath: string;
  receipt: Receipt;
}

/** A way to download by this process's own means. */
export const netOf = (log: Log, signal: AbortSignal): Net => ({
  fetch: proxiedFetch,
  log,
  signal,
  sleep: (ms) => sleep(ms, undefined, { signal }),
});

const ZIP_LIMIT = ZIP_LIMITS.backup + ZIP_LIMITS.receipt + ZIP_OVERHEAD;

/**
 * Downloads an artifact, compares it with the digest that GitHub lists, and takes the backup and its receipt out of
 * it, which have to match one another. It is as sealed as it was uploaded; openBackup() opens it.
 * @throws DrError: cannot open for any other content; objective missed where it has expired meanwhile; infra error
 *   where it cannot be downloaded
 */
export async function fetchBackup({
  api,
  repository,
  artifact,
  intoDir,
  net,
  limit = ZIP_LIMIT,
}: FetchOptions): Promise<FetchedBackup> {
  const label = artifactLabel(artifact);
  const expected = expectedDigest(artifact, label, limit);
  const zip = join(intoDir, `artifact-${artifact.id}.zip`);
  try {
    const url = await addressOf(api, repository, artifact, label);
    const digest = await downloadHidden(url, zip, { ...net, fetch: limited(net.fetch, limit) }, label);
    if (digest !== expected)
      throw cannotOpen(
        `${label} is not what was uploaded: its SHA-256 is ${digest}, and GitHub lists ${expected}. Fetch it again, or take another backup.`,
      );
    const files = await unzipBackup(zip, intoDir, net.signal);
    return { ...files, receipt: await checked(files.path, files.receiptPath) };
  } finally {
    await rm(zip, { force: true });
  }
}

/** What GitHub keeps no digest of could have been changed since. */
function expectedDigest({ digest, size_in_bytes }: RunArtifact, label: string, limit: number): string {
  if (size_in_bytes > limit)
    throw cannotOpen(`${label} has ${size_in_bytes} bytes, more than the ${limit} that are opened.`);
  const hex = /^sha256:([0-9a-f]{64})$/.exec(digest ?? '')?.[1];
  if (hex) return hex;
  // What it has instead was sent by whoever uploaded it.
  throw cannotOpen(`${label} has no SHA-256 on GitHub: it was not uploaded by this action.`);
}

async function addressOf(api: GitHubApi, repository: Repository, { id }: RunArtifact, label: string) {
  try {
    return await api.location(
      { what: `download ${label} of ${fullName(repository)}`, permission: ACTIONS_READ },
      'GET /repos/{owner}/{repo}/actions/artifacts/{artifact_id}/{archive_format}',
      { ...repository, artifact_id: id, archive_format: 'zip' },
    );
  } catch (error) {
    if (statusOf(error) !== 410) throw error;
    throw new DrError(EXIT.objectiveMissed, `The backup is gone: ${label} has expired.`, { cause: error });
  }
}

/** The address lets whoever has it download the artifact, so its query is in no log and no error. */
async function downloadHidden(url: string, to: string, net: Net, label: string): Promise<string> {
  const { search } = new URL(url);
  const hide = (line: string) => (search === '' ? line : line.replaceAll(search, ''));
  const log = {
    info: (line: string) => net.log.info(hide(line)),
    warn: (line: string) => net.log.warn(hide(line)),
    // This one shows the end of the address, which may be a part of the query.
    progress: (line: string) => net.log.progress(line.replace(/^.*: /, `downloading ${label}: `)),
  };
  try {
    return await download(url, to, { ...net, log });
  } catch (error) {
    const stored = storageError(error, to, net.signal);
    if (stored) throw stored;
    throw infraError(`${label} could not be downloaded: ${hide(messageOf(error))}. Run again.`);
  }
}

/** Ends a download that goes on past what is opened at all, before the disk is full. */
function limited(fetch: Net['fetch'], limit: number): Net['fetch'] {
  return async (url, init) => {
    const response = await fetch(url, init);
    let rest = limit;
    const counter = new TransformStream<Uint8Array, Uint8Array>({
      transform(chunk, controller) {
        rest -= chunk.length;
        if (rest < 0) controller.error(new Error(`it is longer than ${limit} bytes`));
        else controller.enqueue(chunk);
      },
    });
    return new Response(response.body?.pipeThrough(counter) ?? null, response);
  };
}

async function checked(path: string, receiptPath: string): Promise<Receipt> {
  try {
    return await checkSealed(path, receiptPath);
  } catch (error) {
    for (const file of [path, receiptPath]) await rm(file, { force: true });
    throw cannotOpen(messageOf(error), error);
  }
}
