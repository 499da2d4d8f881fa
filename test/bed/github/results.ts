import type { Answer, Asked, GitHubState } from './server.js';
import { artifactShape } from './shapes.js';
import { twirpAnswer } from './twirp.js';

/** The fields of the requests, in their names on the wire. */
interface Call {
  workflow_run_backend_id: string;
  workflow_job_run_backend_id: string;
  name: string;
  expires_at?: string;
  mime_type?: string;
  size?: string;
  hash?: string;
  name_filter?: string;
  id_filter?: string;
}

/** What the artifact service and its blob storage answer; undefined to what is not theirs. */
export function resultsAnswer(state: GitHubState, asked: Asked): Answer | undefined {
  if (asked.path.startsWith('/blobs/')) return blobAnswer(state, asked);
  return twirpAnswer('ArtifactService', METHODS, state, asked);
}

const METHODS: Record<string, (state: GitHubState, call: Call) => Answer> = {
  CreateArtifact: create,
  FinalizeArtifact: finalize,
  ListArtifacts: list,
  GetSignedArtifactURL: ({ url }, { name }) => ({
    status: 200,
    body: { signed_url: `${url}${blobPath(name)}?sig=${SIGNATURE}` },
  }),
};

/** The client masks it in the log: one letter would be hidden everywhere. */
const SIGNATURE = 'SIGNATURE-OF-THE-ARTIFACTS';

const blobPath = (name: string) => `/blobs/${encodeURIComponent(name)}.zip`;

const named = ({ artifacts, runId }: GitHubState, name: string) =>
  artifacts.find((artifact) => artifact.name === name && artifact.workflow_run?.id === runId);

function create(state: GitHubState, { name, expires_at }: Call): Answer {
  if (named(state, name))
    return {
      status: 409,
      body: { code: 'already_exists', msg: 'an artifact with this name already exists on the workflow run' },
    };
  const artifact = artifactShape(state.runId, {
    id: 5000 + state.artifacts.length,
    name,
    ...(expires_at ? { expires_at } : {}),
  });
  state.artifacts.push(artifact);
  return {
    status: 200,
    body: { ok: true, signed_upload_url: `${state.url}${blobPath(name)}?sig=${SIGNATURE}` },
  };
}

function finalize(state: GitHubState, { name, size, hash }: Call): Answer {
  const artifact = named(state, name);
  const zip = state.blobs.get(blobPath(name));
  if (!artifact || !zip || Number(size) !== zip.length)
    return { status: 400, body: { code: 'invalid_argument', msg: 'nothing of that size was uploaded' } };
  Object.assign(artifact, { zip, size_in_bytes: zip.length, digest: hash ?? null });
  return { status: 200, body: { ok: true, artifact_id: String(artifact.id) } };
}

function list({ artifacts, runId }: GitHubState, { name_filter, id_filter }: Call): Answer {
  const listed = artifacts
    .filter(({ workflow_run }) => workflow_run?.id === runId)
    .filter(({ name }) => name_filter === undefined || name === name_filter)
    .filter(({ id }) => id_filter === undefined || String(id) === id_filter)
    .map(({ id, name, size_in_bytes, created_at, digest }) => ({
      workflow_run_backend_id: 'run-backend',
      workflow_job_run_backend_id: 'job-backend',
      database_id: String(id),
      name,
      size: String(size_in_bytes),
      created_at,
      digest,
    }));
  return { status: 200, body: { artifacts: listed } };
}

/** Block blobs: blocks are put one by one, and become a blob by the list of their IDs; or a blob is put at once. */
function blobAnswer({ blobs, blocks }: GitHubState, asked: Asked): Answer {
  const { method, path, query, body } = asked;
  if (method === 'GET') {
    const blob = blobs.get(path);
    return blob
      ? { status: 200, headers: { 'content-type': 'application/zip' }, body: blob }
      : { status: 404 };
  }
  const key = (id: string) => `${path}#${id}`;
  if (query.get('comp') === 'block') blocks.set(key(query.get('blockid') ?? ''), body);
  else if (query.get('comp') === 'blocklist') {
    const ids = [...body.toString().matchAll(/<(?:Latest|Uncommitted)>([^<]+)</g)].map(([, id]) => id!);
    blobs.set(path, Buffer.concat(ids.map((id) => blocks.get(key(id))!)));
  } else blobs.set(path, body);
  return { status: 201, headers: { etag: '"0x1"', 'x-ms-request-id': '1' } };
}
