import type { Answer, Asked, GitHubState } from './server.js';
import { commentShape, ERRORS, pullShape, REPOSITORY } from './shapes.js';

type Handler = (state: GitHubState, asked: Asked, ids: string[]) => Answer;

const REPO = `/repos/${REPOSITORY.full_name}`;

const ROUTES: readonly [string, RegExp, Handler][] = [
  ['GET', route(''), ({ defaultBranch }) => ok({ ...REPOSITORY, default_branch: defaultBranch })],
  ['GET', route('/actions/workflows/([^/]+)/runs'), listRuns],
  ['GET', route('/actions/workflows/([^/]+)'), showWorkflow],
  [
    'GET',
    route('/actions/runs/(\\d+)'),
    ({ runs }, _, [id]) => found(runs.find((run) => String(run.id) === id)),
  ],
  ['GET', route('/actions/runs/(\\d+)/artifacts'), listArtifacts],
  ['GET', route('/actions/artifacts/(\\d+)'), (state, _, [id]) => found(artifact(state, id))],
  ['GET', route('/actions/artifacts/(\\d+)/zip'), download],
  ['GET', route('/pulls/(\\d+)'), ({ pullHead }, _, [number]) => ok(pullShape(Number(number), pullHead))],
  ['GET', route('/issues/(\\d+)/comments'), ({ comments, url }, asked) => page(comments, asked, url)],
  ['POST', route('/issues/(\\d+)/comments'), createComment],
  ['PATCH', route('/issues/comments/(\\d+)'), updateComment],
  ['POST', /^\/graphql$/, ({ viewer }) => ok({ data: { viewer: { login: viewer } } })],
];

/** What GitHub's REST API answers; 404 to all that is not known. */
export function restAnswer(state: GitHubState, asked: Asked): Answer {
  if (!/^token .+/.test(asked.headers.authorization ?? '')) return { status: 401, body: ERRORS[401] };
  for (const [method, pattern, handler] of ROUTES) {
    const match = method === asked.method ? pattern.exec(asked.path) : undefined;
    if (match) return handler(state, asked, match.slice(1));
  }
  return { status: 404, body: ERRORS[404] };
}

function route(path: string): RegExp {
  return new RegExp(`^${REPO}${path}$`);
}

const ok = (body: unknown): Answer => ({ status: 200, body });
const found = (body: unknown): Answer => (body ? ok(body) : { status: 404, body: ERRORS[404] });
const json = (asked: Asked) => JSON.parse(asked.body.toString()) as { body: string };

/** One page of a list, with the Link header that says whether there are more; `wrap` names it. */
function page<T>(items: readonly T[], asked: Asked, url: string, wrap?: string): Answer {
  const size = Number(asked.query.get('per_page') ?? 30);
  const number = Number(asked.query.get('page') ?? 1);
  const shown = items.slice((number - 1) * size, number * size);
  const next = number * size < items.length;
  return {
    status: 200,
    headers: next
      ? { link: `<${url}${asked.path}?page=${number + 1}>; rel="next", <${url}/last>; rel="last"` }
      : {},
    body: wrap ? { total_count: items.length, [wrap]: shown } : shown,
  };
}

/** Filters as GitHub does, by what is asked for alone; runs of forks and pull requests are listed with the others. */
function listRuns({ runs, url, workflows }: GitHubState, asked: Asked, [file]: string[]): Answer {
  if (!workflows.some(({ path }) => path.endsWith(`/${file}`))) return { status: 404, body: ERRORS[404] };
  const { query } = asked;
  const since = /^>=(.+)$/.exec(query.get('created') ?? '')?.[1];
  const listed = runs
    .filter(({ path }) => path.endsWith(`/${file}`))
    .filter(({ conclusion }) => !query.has('status') || conclusion === query.get('status'))
    .filter(({ head_branch }) => !query.has('branch') || head_branch === query.get('branch'))
    .filter(({ event }) => !query.has('event') || event === query.get('event'))
    .filter(({ created_at }) => !since || Date.parse(created_at) >= Date.parse(since))
    .toSorted((a, b) => Date.parse(b.created_at) - Date.parse(a.created_at));
  return page(listed, asked, url, 'workflow_runs');
}

function showWorkflow({ workflows }: GitHubState, _: Asked, [file]: string[]): Answer {
  return found(workflows.find(({ path }) => path.endsWith(`/${file}`)));
}

function artifact({ artifacts }: GitHubState, id: string | undefined) {
  const { zip: _, ...shape } = artifacts.find((one) => String(one.id) === id) ?? {};
  return 'id' in shape ? shape : undefined;
}

function listArtifacts({ artifacts, url }: GitHubState, asked: Asked, [run]: string[]): Answer {
  const own = artifacts
    .filter(({ workflow_run }) => String(workflow_run?.id) === run)
    .map(({ zip: _, ...shape }) => shape);
  return page(own, asked, url, 'artifacts');
}

/** GitHub redirects to its storage, with a signature in the query. */
function download({ artifacts, url, blobs }: GitHubState, _: Asked, [id]: string[]): Answer {
  const one = artifacts.find((artifact) => String(artifact.id) === id);
  if (!one) return { status: 404, body: ERRORS[404] };
  if (one.expired || !one.zip) return { status: 410, body: ERRORS[410] };
  blobs.set(`/blobs/download/${id}`, one.zip);
  return { status: 302, headers: { location: `${url}/blobs/download/${id}?se=2026&sig=${SIGNATURE}` } };
}

/** Must not get into a log. */
export const SIGNATURE = 's3cr3t%2Fs1gn/ature%3D';

function createComment({ comments, viewer }: GitHubState, asked: Asked): Answer {
  const comment = commentShape(1000 + comments.length, viewer, json(asked).body);
  comments.push(comment);
  return { status: 201, body: comment };
}

function updateComment({ comments }: GitHubState, asked: Asked, [id]: string[]): Answer {
  const comment = comments.find((one) => String(one.id) === id);
  if (comment) comment.body = json(asked).body;
  return found(comment);
}
