import type { Answer, Asked, GitHubState } from './server.js';
import { type ComparisonShape, commentShape, ERRORS, pullShape, REPOSITORY, refShape } from './shapes.js';

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
  ['GET', route('/git/ref/(.+)'), showRef],
  ['GET', route('/compare/(.+)'), compare],
  ['GET', route('/pulls/(\\d+)'), ({ pullHead }, _, [number]) => ok(pullShape(Number(number), pullHead))],
  ['GET', route('/issues/(\\d+)/comments'), ({ comments, url }, asked) => page(comments, asked, url)],
  ['POST', route('/issues/(\\d+)/comments'), createComment],
  ['PATCH', route('/issues/comments/(\\d+)'), updateComment],
  ['POST', /^\/graphql$/, graphql],
];

/** What GitHub's REST and GraphQL API answers; 404 to all that is not known. */
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

function updateComment({ comments, editors, viewer }: GitHubState, asked: Asked, [id]: string[]): Answer {
  const comment = comments.find((one) => String(one.id) === id);
  if (!comment) return found(comment);
  comment.body = json(asked).body;
  editors.set(comment.id, viewer);
  return found(comment);
}

/** Whom the token belongs to, or who edited a comment. A bot has its ending as the viewer, and not as an actor. */
function graphql({ viewer, comments, editors }: GitHubState, asked: Asked): Answer {
  const { variables } = JSON.parse(asked.body.toString()) as { variables?: { id: string } };
  if (!variables) return ok({ data: { viewer: { login: viewer } } });
  const comment = comments.find(({ node_id }) => node_id === variables.id);
  const editor = comment && editors.get(comment.id);
  if (!comment) return ok({ data: { node: null }, errors: [{ type: 'NOT_FOUND', path: ['node'] }] });
  const actor = editor && {
    __typename: editor.endsWith('[bot]') ? 'Bot' : 'User',
    login: editor.replace(/\[bot\]$/, ''),
  };
  const lastEditedAt = editor === undefined ? null : '2026-11-20T05:00:00Z';
  // A user that is gone, as '' here, is no editor any more.
  return ok({ data: { node: { lastEditedAt, editor: actor || null } } });
}

/** By the full name alone: https://docs.github.com/rest/git/refs#get-a-reference */
function showRef({ refs }: GitHubState, _: Asked, [name]: string[]): Answer {
  const ref = decodeURIComponent(name!);
  return found(refs[ref] && refShape(ref, refs[ref]));
}

/** As `git rev-parse` has it: of a tag and a branch of the same name, the tag. */
function commitOf({ refs, parents }: GitHubState, name: string): string | undefined {
  const full = name.replace(/^refs\//, '');
  const known =
    name in parents || Object.values(refs).includes(name) || Object.values(parents).flat().includes(name);
  return refs[full] ?? refs[`tags/${full}`] ?? refs[`heads/${full}`] ?? (known ? name : undefined);
}

/** A commit and all that it comes from, nearest first. */
function historyOf(commit: string, { parents }: GitHubState): string[] {
  const seen = new Set([commit]);
  for (const one of seen) for (const parent of parents[one] ?? []) seen.add(parent);
  return [...seen];
}

/** https://docs.github.com/rest/commits/commits#compare-two-commits; 404 where the two have nothing in common. */
function compare(state: GitHubState, _: Asked, [names]: string[]): Answer {
  const [base, head] = decodeURIComponent(names!)
    .split('...')
    .map((name) => commitOf(state, name));
  if (!base || !head) return found(undefined);
  const [before, after] = [historyOf(base, state), historyOf(head, state)];
  const shared = before.find((commit) => after.includes(commit));
  if (!shared) return found(undefined);
  const ahead = after.filter((commit) => !before.includes(commit));
  const behind = before.filter((commit) => !after.includes(commit));
  const status =
    behind.length === 0
      ? ahead.length === 0
        ? 'identical'
        : 'ahead'
      : ahead.length === 0
        ? 'behind'
        : 'diverged';
  const body: ComparisonShape = {
    url: `${state.url}/repos/${REPOSITORY.full_name}/compare/${base}...${head}`,
    status,
    ahead_by: ahead.length,
    behind_by: behind.length,
    total_commits: ahead.length,
    base_commit: { sha: base },
    merge_base_commit: { sha: shared },
    commits: ahead.toReversed().map((sha) => ({ sha })),
  };
  return ok(body);
}
