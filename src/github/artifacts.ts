import { randomUUID } from 'node:crypto';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { measure } from '../bundle/make.js';
import type { Receipt } from '../bundle/manifest.js';
import { DrError, infraError, invalidInput, messageOf } from '../errors.js';
import { repositoryOf, runPage } from './repository.js';
import { checkSealed } from './sealed.js';
import { shown } from './shown.js';
import { unlessStopped } from './stopping.js';
import { unzipBackup } from './unzip.js';
import { isPlainFileName } from './zip-entries.js';

/** The parts of @actions/artifact's client that are used here. */
export interface ArtifactClient {
  uploadArtifact(
    name: string,
    files: string[],
    rootDirectory: string,
    options: { compressionLevel: number; retentionDays?: number },
  ): Promise<{ id?: number; digest?: string }>;
  downloadArtifact(
    id: number,
    options: { path: string; expectedHash: string; skipDecompress: boolean },
  ): Promise<{ digestMismatch?: boolean }>;
}

export interface UploadOptions {
  /** A sealed backup and its receipt, as writeBackup() writes them. */
  path: string;
  receiptPath: string;
  /** See artifactName(). */
  name: string;
  /** Without it: the repository's setting. More than that is cut to it, with a warning of the client. */
  retentionDays?: number | undefined;
  client: ArtifactClient;
  env: NodeJS.ProcessEnv;
  /** A private folder that exists, for what is downloaded again; nothing is left in it. */
  scratchDir: string;
  signal?: AbortSignal | undefined;
}

export interface UploadedArtifact {
  id: number;
  /** SHA-256 of the zip, in hex. */
  digest: string;
  url: string;
}

/** The runner's own client. It is loaded here, as it takes long to load. */
export async function actionsArtifacts(): Promise<ArtifactClient> {
  const { DefaultArtifactClient } = await import('@actions/artifact');
  return new DefaultArtifactClient();
}

/**
 * Uploads a sealed backup and its receipt, and nothing else, as one artifact of this run; then downloads it again and
 * proves that it is what was uploaded, and holds the file that the receipt is of. Nothing leaves the machine before
 * both files have been looked at.
 * @throws DrError: see checkSealed() for what is not uploaded; invalid input outside of GitHub Actions; infra error
 *   for a failed upload, and for an artifact that reads back otherwise
 */
export async function uploadBackup(options: UploadOptions): Promise<UploadedArtifact> {
  const { path, receiptPath, name, client, env, signal } = options;
  if (!isPlainFileName(basename(path)))
    throw invalidInput(
      `output: a backup named ${shown(basename(path))} is not uploaded, as nothing takes it from an artifact: use letters, digits, spaces and ._,+=- alone.`,
    );
  const receipt = await checkSealed(path, receiptPath);
  const pageOf = artifactPage(env);
  const uploading = client.uploadArtifact(name, [path, receiptPath], dirname(path), {
    compressionLevel: 0,
    ...(options.retentionDays === undefined ? {} : { retentionDays: options.retentionDays }),
  });
  const uploaded = identified(
    name,
    await told(uploading, `The artifact ${name} could not be uploaded`, signal),
  );
  await readBack(uploaded, receipt, options);
  return { ...uploaded, url: pageOf(uploaded.id) };
}

export interface UploadReportOptions
  extends Pick<UploadOptions, 'name' | 'retentionDays' | 'client' | 'env' | 'signal'> {
  /** The report's files, all in one folder; no secret is in them. */
  files: string[];
}

/** Uploads a report as an artifact of this run. Throws as uploadBackup() does. */
export async function uploadReport(options: UploadReportOptions): Promise<UploadedArtifact> {
  const { name, files, client, env, signal, retentionDays } = options;
  const pageOf = artifactPage(env);
  const uploading = client.uploadArtifact(name, files, dirname(files[0]!), {
    compressionLevel: 6,
    ...(retentionDays === undefined ? {} : { retentionDays }),
  });
  const uploaded = identified(
    name,
    await told(uploading, `The artifact ${name} could not be uploaded`, signal),
  );
  return { ...uploaded, url: pageOf(uploaded.id) };
}

/** The client has no ID or digest where the service sent none. */
function identified(name: string, { id, digest }: { id?: number; digest?: string }) {
  if (id !== undefined && digest !== undefined && /^[0-9a-f]{64}$/.test(digest)) return { id, digest };
  throw infraError(`The upload of the artifact ${name} ended without an ID and a digest: run again.`);
}

/** Where a browser finds an artifact of this run, as actions/upload-artifact has it. */
function artifactPage(env: NodeJS.ProcessEnv): (id: number) => string {
  if (!env.ACTIONS_RUNTIME_TOKEN || !env.ACTIONS_RESULTS_URL || !env.GITHUB_RUN_ID)
    throw invalidInput(
      'upload: artifacts can be uploaded by the action alone, inside a run of GitHub Actions; give upload false elsewhere.',
    );
  const run = runPage(repositoryOf(env), env.GITHUB_RUN_ID, env.GITHUB_SERVER_URL);
  return (id) => `${run}/artifacts/${id}`;
}

async function told<T>(work: Promise<T>, failure: string, signal: AbortSignal | undefined): Promise<T> {
  try {
    return await unlessStopped(work, signal);
  } catch (error) {
    signal?.throwIfAborted();
    throw infraError(
      `${failure}: ${messageOf(error)}. Run again, and look at githubstatus.com if it stays.`,
      error,
    );
  }
}

async function readBack(
  { id, digest }: Pick<UploadedArtifact, 'id' | 'digest'>,
  receipt: Receipt,
  { client, name, scratchDir, signal }: UploadOptions,
): Promise<void> {
  const dir = join(scratchDir, randomUUID());
  await mkdir(dir, { mode: 0o700 });
  try {
    const downloading = client.downloadArtifact(id, {
      path: dir,
      // The client compares with this form, and returns the other one.
      expectedHash: `sha256:${digest}`,
      skipDecompress: true,
    });
    const { digestMismatch } = await told(
      downloading,
      `The artifact ${name} was uploaded, but could not be downloaded again`,
      signal,
    );
    const [zip] = await readdir(dir);
    if (digestMismatch || zip === undefined || (await measure(join(dir, zip))).sha256 !== digest)
      throw new Error('its digest is another');
    await assertHolds(join(dir, zip), dir, receipt, signal);
  } catch (error) {
    if (error instanceof DrError) throw error;
    throw infraError(
      `The artifact ${name} (${id}) reads back otherwise than it was uploaded (${messageOf(error)}): delete it, and run again.`,
      error,
    );
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

/** The client leaves a file out that is gone when its turn comes, with a warning at most. */
async function assertHolds(zip: string, dir: string, receipt: Receipt, signal: AbortSignal | undefined) {
  const into = join(dir, 'opened');
  await mkdir(into, { mode: 0o700 });
  try {
    const { path, receiptPath } = await unzipBackup(zip, into, signal);
    const { sha256 } = await checkSealed(path, receiptPath);
    if (sha256 === receipt.sha256) return;
  } catch (error) {
    signal?.throwIfAborted();
    throw new Error(messageOf(error), { cause: error });
  }
  throw new Error('the backup in it is another');
}
