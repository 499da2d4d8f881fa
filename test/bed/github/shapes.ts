import type { components } from '@octokit/openapi-types';

/** GitHub's own description of its answers holds the shapes to what is documented. */
type Schemas = components['schemas'];
type Repository = Pick<Schemas['minimal-repository'], 'full_name' | 'fork' | 'private'> & { id: number };

export type RunShape = Pick<
  Schemas['workflow-run'],
  | 'id'
  | 'name'
  | 'node_id'
  | 'head_branch'
  | 'head_sha'
  | 'path'
  | 'run_number'
  | 'run_attempt'
  | 'event'
  | 'status'
  | 'conclusion'
  | 'workflow_id'
  | 'html_url'
  | 'created_at'
  | 'updated_at'
  | 'run_started_at'
> & { repository: Repository; head_repository: Repository | null };

export type ArtifactShape = Schemas['artifact'];
export type WorkflowShape = Schemas['workflow'];
export type CommentShape = Pick<
  Schemas['issue-comment'],
  'id' | 'node_id' | 'url' | 'html_url' | 'body' | 'created_at' | 'updated_at' | 'issue_url'
> & { user: Pick<Schemas['simple-user'], 'login' | 'id' | 'type'> | null };
export type RefShape = Schemas['git-ref'];
/** Without the commits and files themselves, which are listed as well. */
export type ComparisonShape = Pick<
  Schemas['commit-comparison'],
  'url' | 'status' | 'ahead_by' | 'behind_by' | 'total_commits'
> &
  Record<'base_commit' | 'merge_base_commit', Pick<Schemas['commit'], 'sha'>> & {
    commits: Pick<Schemas['commit'], 'sha'>[];
  };

export type PullShape = Pick<Schemas['pull-request'], 'number' | 'state'> & {
  head: Pick<Schemas['pull-request']['head'], 'sha' | 'ref'> & { repo: Repository | null };
  base: Pick<Schemas['pull-request']['base'], 'sha' | 'ref'> & { repo: Repository };
};

export const REPOSITORY: Repository = {
  id: 1296269,
  full_name: 'octo-org/octo-repo',
  fork: false,
  private: true,
};
export const FORK: Repository = { id: 4242, full_name: 'mallory/octo-repo', fork: true, private: false };

/** The head of the branch that runs are of, where a test does not say otherwise. */
export const TIP = '009b8a3a9ccbb128af87f9b1c0f4c62e8a304f6d';

export const runShape = (over: Partial<RunShape> = {}): RunShape => ({
  id: 30433642,
  name: 'Backup',
  node_id: 'MDEyOldvcmtmbG93IFJ1bjI2OTI4OQ==',
  head_branch: 'main',
  head_sha: TIP,
  path: '.github/workflows/backup.yml',
  run_number: 106,
  run_attempt: 1,
  event: 'schedule',
  status: 'completed',
  conclusion: 'success',
  workflow_id: 159038,
  html_url: `https://github.com/octo-org/octo-repo/actions/runs/${over.id ?? 30433642}`,
  created_at: '2026-11-20T04:17:00Z',
  updated_at: '2026-11-20T04:20:00Z',
  run_started_at: over.created_at ?? '2026-11-20T04:17:00Z',
  repository: REPOSITORY,
  head_repository: REPOSITORY,
  ...over,
});

export const artifactShape = (run: number, over: Partial<ArtifactShape> = {}): ArtifactShape => {
  const url = `https://api.github.com/repos/octo-org/octo-repo/actions/artifacts/${over.id ?? 11}`;
  return {
    id: 11,
    node_id: 'MDg6QXJ0aWZhY3QxMQ==',
    name: 'argocd-argocd-20261120T041800Z',
    size_in_bytes: 1024,
    url,
    archive_download_url: `${url}/zip`,
    expired: false,
    created_at: '2026-11-20T04:18:30Z',
    expires_at: '2027-02-18T04:18:30Z',
    updated_at: '2026-11-20T04:18:30Z',
    digest: `sha256:${'0'.repeat(64)}`,
    workflow_run: {
      id: run,
      repository_id: REPOSITORY.id,
      head_repository_id: REPOSITORY.id,
      head_branch: 'main',
      head_sha: '009b8a3a9ccbb128af87f9b1c0f4c62e8a304f6d',
    },
    ...over,
  };
};

export const workflowShape = (over: Partial<WorkflowShape> = {}): WorkflowShape => ({
  id: 159038,
  node_id: 'MDg6V29ya2Zsb3cxNTkwMzg=',
  name: 'Backup',
  path: '.github/workflows/backup.yml',
  state: 'active',
  created_at: '2026-01-08T23:48:37.000-08:00',
  updated_at: '2026-01-08T23:50:21.000-08:00',
  url: 'https://api.github.com/repos/octo-org/octo-repo/actions/workflows/159038',
  html_url: 'https://github.com/octo-org/octo-repo/blob/main/.github/workflows/backup.yml',
  badge_url: 'https://github.com/octo-org/octo-repo/workflows/Backup/badge.svg',
  ...over,
});

export const commentShape = (id: number, login: string, body: string): CommentShape => ({
  id,
  node_id: `IC_${id}`,
  url: `https://api.github.com/repos/octo-org/octo-repo/issues/comments/${id}`,
  html_url: `https://github.com/octo-org/octo-repo/pull/7#issuecomment-${id}`,
  body,
  user: { login, id: login.length, type: login.endsWith('[bot]') ? 'Bot' : 'User' },
  created_at: '2026-11-20T04:18:30Z',
  updated_at: '2026-11-20T04:18:30Z',
  issue_url: 'https://api.github.com/repos/octo-org/octo-repo/issues/7',
});

/** The commit at the head of a pull request. */
export const HEAD = 'ec26c3e57ca3a959ca5aad62de7213c562f8c821';

/** A pull request, as the API and the events of its runs have it. */
export const pullShape = (number: number, sha: string, from: Repository | null = REPOSITORY): PullShape => ({
  number,
  state: 'open',
  head: { sha, ref: 'new-version', repo: from },
  base: { sha: '009b8a3a9ccbb128af87f9b1c0f4c62e8a304f6d', ref: 'main', repo: REPOSITORY },
});

/** The bodies of GitHub's errors. */
export const ERRORS = {
  401: { message: 'Bad credentials', documentation_url: 'https://docs.github.com/rest', status: '401' },
  403: {
    message: 'Resource not accessible by integration',
    documentation_url: 'https://docs.github.com/rest/actions/workflow-runs',
    status: '403',
  },
  404: { message: 'Not Found', documentation_url: 'https://docs.github.com/rest', status: '404' },
  410: { message: 'Artifact has expired', documentation_url: 'https://docs.github.com/rest', status: '410' },
  429: { message: 'Too many requests', documentation_url: 'https://docs.github.com/rest' },
  500: { message: 'Server Error' },
  502: { message: 'Server Error' },
  secondary: {
    message: 'You have exceeded a secondary rate limit. Please wait a few minutes before you try again.',
    documentation_url: 'https://docs.github.com/rest/overview/rate-limits-for-the-rest-api',
  },
  primary: {
    message: 'API rate limit exceeded for installation ID 1234.',
    documentation_url: 'https://docs.github.com/rest/overview/rate-limits-for-the-rest-api',
  },
} as const;

/** What `git/ref` answers; an annotated tag points to an object of its own. */
export const refShape = (ref: string, sha: string, type: 'commit' | 'tag' = 'commit'): RefShape => ({
  ref: `refs/${ref}`,
  node_id: 'MDM6UmVmcmVmcy9oZWFkcy9mZWF0dXJlQQ==',
  url: `https://api.github.com/repos/octo-org/octo-repo/git/refs/${ref}`,
  object: { type, sha, url: `https://api.github.com/repos/octo-org/octo-repo/git/${type}s/${sha}` },
});
