import type { Answer, Asked, GitHubState } from './server.js';
import { twirpAnswer } from './twirp.js';

/** An entry of the cache; its archive is the blob at `path`, once it is there. */
export interface CacheEntry {
  id: number;
  key: string;
  /** The client's hash of the paths and the compression. */
  version: string;
  path: string;
  /** Uploaded to its end: before that it is found by nobody, and by nobody else reserved. */
  finalized: boolean;
}

/** The fields of the requests, in their names on the wire. */
interface Call {
  key: string;
  version: string;
  restore_keys?: string[];
  size_bytes?: string;
}

/**
 * What version 2 of the cache service answers, by the client's own description of it (`generated/results/api/v1` of
 * @actions/cache); undefined to what is not its. All runs share one scope here.
 */
export function cacheAnswer(state: GitHubState, asked: Asked): Answer | undefined {
  return twirpAnswer('CacheService', METHODS, state, asked);
}

const METHODS: Record<string, (state: GitHubState, call: Call) => Answer> = {
  CreateCacheEntry: create,
  FinalizeCacheEntryUpload: finalize,
  GetCacheEntryDownloadURL: locate,
};

const same = (entry: CacheEntry, { key, version }: Call) => entry.key === key && entry.version === version;

function create(state: GitHubState, call: Call): Answer {
  if (state.caches.some((entry) => same(entry, call)))
    return {
      status: 409,
      body: {
        code: 'already_exists',
        msg: 'cache entry with the same key, version, and scope already exists',
      },
    };
  const id = 9000 + state.caches.length;
  const entry: CacheEntry = { ...keyOf(call), id, path: `/blobs/cache-${id}`, finalized: false };
  state.caches.push(entry);
  return { status: 200, body: { ok: true, signed_upload_url: signed(state, entry) } };
}

const keyOf = ({ key, version }: Call) => ({ key, version });

function finalize({ caches, blobs }: GitHubState, call: Call): Answer {
  const entry = caches.find((one) => same(one, call));
  const blob = entry && blobs.get(entry.path);
  if (!entry || blob?.length !== Number(call.size_bytes))
    return { status: 400, body: { code: 'invalid_argument', msg: 'nothing of that size was uploaded' } };
  entry.finalized = true;
  return { status: 200, body: { ok: true, entry_id: String(entry.id) } };
}

/** The entry of the key, else the newest whose key begins with it or with one of the restore keys. */
function locate(state: GitHubState, call: Call): Answer {
  const there = state.caches.filter(({ version, finalized }) => finalized && version === call.version);
  const starts = [call.key, ...(call.restore_keys ?? [])];
  const entry =
    there.find(({ key }) => key === call.key) ??
    there.findLast(({ key }) => starts.some((start) => key.startsWith(start)));
  if (!entry) return { status: 200, body: { ok: false } };
  return {
    status: 200,
    body: { ok: true, signed_download_url: signed(state, entry), matched_key: entry.key },
  };
}

const signed = ({ url }: GitHubState, { path }: CacheEntry) => `${url}${path}?sig=SIGNATURE-OF-THE-CACHE`;
