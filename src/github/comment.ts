import { z } from 'zod';
import type { GitHubApi } from './api.js';
import type { Question } from './api-errors.js';
import { cutBody } from './comment-body.js';
import { fullName, type Repository } from './repository.js';

export interface CommentOptions {
  api: GitHubApi;
  repository: Repository;
  /** The pull request's. */
  number: number;
  /** Tells this comment from others of this tool: lower-case letters, digits and single hyphens. */
  key: string;
  /**
   * Markdown, or what makes it of the comment as it stands, without its first line; empty where there is none, or where
   * somebody else has edited it: what others write into it must not become ours.
   */
  body: string | ((existing: string) => string);
}

export interface PutComment {
  id: number;
  url: string;
  action: 'created' | 'updated';
}

const commentSchema = z.object({
  id: z.int(),
  node_id: z.string(),
  html_url: z.string().regex(/^https?:\/\/[A-Za-z0-9._~:/#-]{1,500}$/),
  body: z.string().nullish(),
  user: z.object({ login: z.string() }).nullable(),
});
type Comment = z.infer<typeof commentSchema>;

/** The comment to update, with what of it is ours. */
interface OwnComment {
  id: number;
  text: string;
}

const PERMISSION = 'pull-requests: write';

/** The line a comment starts with, which readers do not see. */
export function markerOf(key: string): string {
  if (!/^[a-z0-9]+(-[a-z0-9]+)*$/.test(key)) throw new TypeError(`${key} is no key of a comment`);
  return `<!-- argocd-dr: ${key} -->`;
}

/**
 * Writes the one comment of a pull request with this key: updates the oldest that the token's own user or bot has
 * written, or creates it. Comments of others are left alone, whatever they hold. Too long a body is cut, and says so.
 * @throws DrError (infra error) where GitHub cannot be asked, or does not let the token comment: statusOf() is 403
 *   then, as in every run for a pull request of a fork
 */
export async function putComment(options: CommentOptions): Promise<PutComment> {
  const { api, repository, number, key } = options;
  const marker = markerOf(key);
  const where = `pull request #${number} of ${fullName(repository)}`;
  const own = await ownComment(options, marker, where);
  const body = cutBody(`${marker}\n${textOf(options.body, own?.text ?? '')}`);
  const question = { what: `comment on ${where}`, permission: PERMISSION };
  if (own) {
    const route = 'PATCH /repos/{owner}/{repo}/issues/comments/{comment_id}';
    const parameters = { ...repository, comment_id: own.id, body };
    return put(await api.ask(question, route, parameters, commentSchema), 'updated');
  }
  const route = 'POST /repos/{owner}/{repo}/issues/{issue_number}/comments';
  // Not tried again after a 5xx: it may be there nevertheless, and then there would be two.
  const parameters = { ...repository, issue_number: number, body };
  return put(await api.ask({ ...question, once: true }, route, parameters, commentSchema), 'created');
}

const textOf = (body: CommentOptions['body'], existing: string) =>
  typeof body === 'string' ? body : body(existing.replace(/^.*(\r?\n|$)/, ''));

const put = ({ id, html_url }: Comment, action: PutComment['action']): PutComment => ({
  id,
  url: html_url,
  action,
});

async function ownComment(
  { api, repository, number }: CommentOptions,
  marker: string,
  where: string,
): Promise<OwnComment | undefined> {
  const question: Question = { what: `list the comments of ${where}`, permission: PERMISSION };
  const route = 'GET /repos/{owner}/{repo}/issues/{issue_number}/comments';
  const pages = api.pages(question, route, { ...repository, issue_number: number }, z.array(commentSchema));
  let login: string | undefined;
  for await (const comments of pages) {
    for (const comment of comments.filter(({ body }) => isMarked(body, marker))) {
      login ??= await ownLogin(api);
      if (comment.user?.login !== login) continue;
      const text = (await isEditedByOthers(api, comment, login)) ? '' : (comment.body ?? '');
      return { id: comment.id, text };
    }
  }
  return undefined;
}

/** GitHub may turn line ends into CR LF, as browsers do that edit a comment. */
const isMarked = (body: string | null | undefined, marker: string) => body?.split(/\r?\n/, 1)[0] === marker;

const viewerSchema = z.object({ data: z.object({ viewer: z.object({ login: z.string() }) }) });

/**
 * Who the token belongs to. `GET /user` refuses the tokens of bots, as every workflow's is
 * (https://github.com/orgs/community/discussions/25234); GraphQL tells for all of them.
 */
async function ownLogin(api: GitHubApi): Promise<string> {
  const question = { what: 'tell whose the token is' };
  const { data } = await api.ask(
    question,
    'POST /graphql',
    { query: 'query { viewer { login } }' },
    viewerSchema,
  );
  return data.viewer.login;
}

const editorSchema = z.object({
  data: z.object({
    node: z
      .object({
        lastEditedAt: z.string().nullish(),
        editor: z.object({ __typename: z.string(), login: z.string() }).nullish(),
      })
      .nullish(),
  }),
});

const EDITOR =
  'query ($id: ID!) { node(id: $id) { ... on IssueComment { lastEditedAt editor { __typename login } } } }';

/**
 * Whether the last one to edit an own comment is somebody else: whoever may write to the repository may edit it. The
 * author stays the same then, and REST does not tell who it was.
 */
async function isEditedByOthers(api: GitHubApi, { id, node_id }: Comment, login: string): Promise<boolean> {
  const question = { what: `tell who edited comment ${id}`, permission: PERMISSION };
  const asked = { query: EDITOR, variables: { id: node_id } };
  const { data } = await api.ask(question, 'POST /graphql', asked, editorSchema);
  if (!data.node) return true;
  const { lastEditedAt, editor } = data.node;
  if (!lastEditedAt) return false;
  // GraphQL has bots without the ending that REST and the viewer have: a user may be named like that.
  const name = editor?.__typename === 'Bot' ? `${editor.login.replace(/\[bot\]$/, '')}[bot]` : editor?.login;
  return name !== login;
}
