import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import yauzl from 'yauzl';
import { type BedArtifact, type GitHubBed, startGitHub } from '../bed/github/server.js';
import { runShape, workflowShape } from '../bed/github/shapes.js';
import { type ActOptions, type ActRun, runAct } from './act.js';
import { repository } from './repository.js';

const TEMPLATES = join(import.meta.dirname, '..', '..', 'workflows-templates');
const FOLDER = '.github/workflows';

/** The text of a template. */
export const template = (name: string): string => readFileSync(join(TEMPLATES, name), 'utf8');

/**
 * A repository on GitHub with nothing in it but one workflow, and what the rest of the options say.
 * @param name file name of the workflow
 * @param text what stands in it; without it the template of that name as it is
 */
export function repositoryWith(name: string, text = template(name), files: Record<string, string> = {}) {
  const workflow = `${FOLDER}/${name}`;
  return { repo: repository({ ...files, [workflow]: text }), workflow };
}

/** A template with a job after its own, that shows which outputs it gets of it; see outputsIn(). */
export const showingOutputs = (text: string, job: string): string => `${text}
  after:
    needs: ${job}
    runs-on: ubuntu-latest
    steps:
      - env:
          OUTPUTS: \${{ toJSON(needs.${job}.outputs) }}
        run: echo "outputs $(printf '%s' "$OUTPUTS" | tr '\\n' ' ')"
`;

/** The outputs that a caller got. */
export function outputsIn(log: string): Record<string, string> {
  const found = /\| outputs (\{.*\})$/m.exec(log)?.[1];
  if (found === undefined) throw new Error(`no job has shown its outputs:\n${log}`);
  return JSON.parse(found);
}

/** GitHub with the workflows of all templates active, and no run of them yet. */
export async function startOctoRepo(): Promise<GitHubBed> {
  const server = await startGitHub();
  const names = readdirSync(TEMPLATES).filter((name) => name.endsWith('.yml'));
  server.runs = [];
  server.workflows = names.map((name, index) =>
    workflowShape({ id: 159_100 + index, name, path: `${FOLDER}/${name}` }),
  );
  return server;
}

type RunOptions = Omit<ActOptions, 'server'> & { server: GitHubBed };

/** Runs a workflow as a new run of it on GitHub, which is listed as one before it starts. */
export async function runOn({ server, ...options }: RunOptions): Promise<ActRun> {
  const id = 30_433_700 + server.runs.length;
  const now = new Date().toISOString();
  const run = runShape({
    ...{ id, path: options.workflow, event: options.event },
    ...{ created_at: now, run_started_at: now, status: 'in_progress', conclusion: null },
  });
  server.runs.push(run);
  server.runId = id;
  const ended = await runAct({ ...options, server: { env: { ...server.env, GITHUB_RUN_ID: String(id) } } });
  Object.assign(run, { status: 'completed', conclusion: ended.code === 0 ? 'success' : 'failure' });
  return ended;
}

/** How a run ended; with its log where something is not as it should be, so that a failing test tells it. */
export const ended = ({ code, jobs, left, log }: ActRun) => ({
  ...{ code, jobs, left },
  log: code === 0 && left.length === 0 ? '' : log,
});

/** How a run ends in which these jobs passed, and no other was started. */
export const passed = (...jobs: string[]): ReturnType<typeof ended> => ({
  ...{ code: 0, left: [], log: '' },
  jobs: Object.fromEntries(jobs.map((job) => [job, 'succeeded'])),
});

/** The artifacts of a series, oldest first; reports are artifacts too. */
export const artifactsOf = ({ artifacts }: GitHubBed, series: string): BedArtifact[] =>
  artifacts.filter(({ name }) => new RegExp(`^${series}-\\d{8}T\\d{6}Z$`).test(name));

/** The reports of a mode that were uploaded. */
export const reportsOf = ({ artifacts }: GitHubBed, mode: string): BedArtifact[] =>
  artifacts.filter(({ name }) => name.startsWith(`argocd-dr-report-${mode}-`));

/** The files in an artifact. */
export async function filesIn({ name, zip }: BedArtifact): Promise<string[]> {
  if (!zip) throw new Error(`artifact ${name} was not uploaded to its end`);
  const file = await yauzl.fromBufferPromise(zip);
  const names: string[] = [];
  for await (const { fileName } of file.eachEntry()) names.push(fileName);
  return names.sort();
}

/** What was left in RUNNER_TEMP when all of a job was over, by their paths in it; for runs that are `watched`. */
export function leftInTemp(log: string): string[][] {
  const found = [...log.matchAll(/\| left in RUNNER_TEMP: (.*)$/gm)].map(([, paths]) => paths!);
  if (found.length === 0) throw new Error(`no job was looked at:\n${log}`);
  return found.map((paths) =>
    paths === 'nothing' ? [] : paths.split(' ').map((path) => path.replace(/^.*\/tmp\//, '')),
  );
}
