import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { FORK, HEAD, pullShape, REPOSITORY } from '../bed/github/shapes.js';
import { tempDir } from '../tools/bench.js';

const sender = { login: 'octocat', id: 1, type: 'User' };
const of = (more: object) => ({ repository: REPOSITORY, sender, ...more });
const pull = (from = REPOSITORY as typeof REPOSITORY | null) =>
  of({ action: 'synchronize', number: 7, pull_request: pullShape(7, HEAD, from) });

/** Events as runners write them into the file of GITHUB_EVENT_PATH; of each, what this project could look at. */
export const EVENTS = {
  pull_request: pull(),
  pull_request_target: pull(),
  'pull_request of a fork': pull(FORK),
  'pull_request of a fork that is deleted': pull(null),
  push: of({ ref: 'refs/heads/main', before: HEAD, after: HEAD, commits: [], pusher: { name: 'octocat' } }),
  schedule: of({ schedule: '17 4 * * *' }),
  workflow_dispatch: of({ ref: 'refs/heads/main', inputs: null, workflow: '.github/workflows/drill.yml' }),
  merge_group: of({ action: 'checks_requested', merge_group: { head_sha: HEAD } }),
  // It is about a pull request, but runs on the default branch.
  issue_comment: of({ action: 'created', issue: { number: 7, pull_request: { url: 'x' } } }),
};

/** The variables of a run for an event. */
export function eventEnv(event: keyof typeof EVENTS): NodeJS.ProcessEnv {
  const path = join(tempDir(), 'event.json');
  writeFileSync(path, JSON.stringify(EVENTS[event]));
  return { GITHUB_EVENT_NAME: event.split(' ')[0]!, GITHUB_EVENT_PATH: path };
}
