import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { bed, tempDir } from '../bed/bed.js';
import { startGitHub } from '../bed/github/server.js';
import { runAct } from './act.js';
import { LOOK, OWN, repository } from './repository.js';

afterAll(() => bed.close());

const ROOT = join(import.meta.dirname, '..', '..');
const SHA = '0123456789abcdef0123456789abcdef01234567';
const WORKFLOW = '.github/workflows/smoke.yml';

/** A repository with nothing but the workflow. */
const only = (workflow: string) => ({ repo: repository({ [WORKFLOW]: workflow }), workflow: WORKFLOW });

describe('the action', () => {
  test('installs onto a control plane; its post step removes it; Node.js is the one of runners', async () => {
    const run = await runAct({
      ...only(`
name: smoke
on: push
permissions: {}
jobs:
  install:
    runs-on: ubuntu-latest
    steps:
      - uses: ${LOOK}
      - id: argocd
        uses: ${OWN}@${SHA}
        with:
          mode: install
          cluster: control-plane
      - env:
          VERDICT: \${{ steps.argocd.outputs.verdict }}
          KUBECONFIG: \${{ steps.argocd.outputs.kubeconfig }}
        run: |
          echo "the verdict is $VERDICT"
          pgrep --full "$(dirname "$KUBECONFIG")" | wc --lines | sed 's/^/processes of the cluster: /'
`),
      event: 'push',
    });
    expect(run).toMatchObject({ code: 0, jobs: { 'smoke/install': 'succeeded' } });
    expect(run.log).toMatch(/actions run on Node\.js v24\./);
    expect(run.log).toMatch(/\| the verdict is PASS$/m);
    expect(run.log).toMatch(/\| processes of the cluster: 2$/m);
    expect(run.log).toMatch(/\| removed cluster argocd-dr-/);
    expect(run.log).toMatch(/Success - Post .*argocd-dr@/);
    expect(run.log).toMatch(/\| left in RUNNER_TEMP: nothing$/m);
    expect(run.left).toEqual([]);
  });

  test('cancelled while the control plane starts: the post step alone removes it', async () => {
    const { log, ...run } = await runAct({
      ...only(`
name: smoke
on: push
permissions: {}
jobs:
  install:
    runs-on: ubuntu-latest
    steps:
      - uses: ${LOOK}
      - uses: ${OWN}@${SHA}
        with:
          mode: install
          cluster: control-plane
`),
      event: 'push',
      cancelWhen: ({ processes }) => processes().some((line) => line.includes('/kube-apiserver ')),
    });
    expect(run).toEqual({ code: 1, jobs: { 'smoke/install': 'failed' }, summaries: [], left: [] });
    expect(log).toMatch(/this step has been cancelled: signal: killed/);
    expect(log).toMatch(/\| left in RUNNER_TEMP: nothing$/m);
  });
});

describe('what the tests of workflows stand on', () => {
  test('a reusable workflow, named in full and pinned, gets inputs and a secret and gives an output', async () => {
    const called = repository({
      '.github/workflows/echo.yml': `
name: echo
on:
  workflow_call:
    inputs:
      text: { type: string, required: true }
      yes: { type: boolean, default: false }
      many: { type: number, default: 7 }
      other: { type: number, default: 8 }
    secrets:
      key: { required: true }
    outputs:
      answer: { value: "\${{ jobs.echo.outputs.answer }}" }
permissions: {}
jobs:
  echo:
    runs-on: ubuntu-latest
    outputs:
      answer: \${{ steps.echo.outputs.answer }}
    steps:
      - id: echo
        if: inputs.yes
        env:
          TEXT: \${{ inputs.text }}
          SUM: \${{ inputs.many }}+\${{ inputs.other }}
          KEY: \${{ secrets.key }}
        run: |
          echo "key of \${#KEY} characters: $KEY"
          echo "answer=$TEXT $SUM" >> "$GITHUB_OUTPUT"
          echo "summary of $TEXT" >> "$GITHUB_STEP_SUMMARY"
`,
    });
    const calling = {
      ...only(`
name: smoke
on: workflow_dispatch
permissions: {}
jobs:
  call:
    uses: ${OWN}/.github/workflows/echo.yml@${SHA}
    with:
      text: the text
      yes: true
      many: 41
    secrets:
      key: \${{ secrets.THE_KEY }}
  after:
    needs: call
    runs-on: ubuntu-latest
    steps:
      - env:
          ANSWER: \${{ needs.call.outputs.answer }}
        run: echo "the answer is $ANSWER"
`),
      event: 'workflow_dispatch',
      secrets: { THE_KEY: 'not-for-logs' },
      references: { [`${OWN}@${SHA}`]: called },
    };
    const { log, ...run } = await runAct(calling);
    const jobs = { 'call/echo/echo': 'succeeded', 'smoke/after': 'succeeded' };
    expect(run).toEqual({ code: 0, jobs, summaries: [], left: [] });
    expect(log).toMatch(/\| key of 12 characters: \*\*\*$/m);
    expect(log).toMatch(/\| the answer is the text 41\+8$/m);
    expect(log).not.toContain('not-for-logs');

    const inJson = await runAct({ ...calling, json: true });
    expect(inJson).toMatchObject({ code: 0, jobs, summaries: ['summary of the text\n'] });
  });

  test('inputs of a dispatch, an event of its own, and a job that fails', async () => {
    const { code, jobs, log } = await runAct({
      ...only(`
name: smoke
on:
  workflow_dispatch:
    inputs:
      level: { type: choice, options: [restore, engine], default: restore }
      deep: { type: boolean }
permissions: {}
jobs:
  fine:
    runs-on: ubuntu-latest
    if: inputs.deep
    steps:
      - run: 'echo "level \${{ inputs.level }} by \${{ github.event.sender.login }} on \${{ github.ref }}"'
      - run: 'echo "in \${{ github.repository }}, run \${{ github.run_id }}"'
  fails:
    runs-on: ubuntu-latest
    steps:
      - run: exit 3
`),
      event: 'workflow_dispatch',
      inputs: { level: 'engine', deep: 'true' },
      eventFile: { sender: { login: 'mona' } },
      env: { GITHUB_RUN_ID: '4711' },
    });
    expect({ code, jobs }).toEqual({ code: 1, jobs: { 'smoke/fine': 'succeeded', 'smoke/fails': 'failed' } });
    expect(log).toMatch(/\| level engine by mona on refs\/heads\/main$/m);
    expect(log).toMatch(/\| in octo-org\/octo-repo, run 4711$/m);
  });

  test.each<[string, Record<string, unknown>, string]>([
    ['schedule', { schedule: '23 2 * * *' }, 'refs/heads/main 23 2 * * *'],
    [
      'pull_request',
      { number: 7, pull_request: { number: 7, head: { ref: 'topic' }, base: { ref: 'main' } } },
      'refs/pull/7/merge topic to main',
    ],
  ])('an event as GitHub sends it: %s', async (event, eventFile, said) => {
    const { code, log } = await runAct({
      ...only(`
name: smoke
on: { schedule: [{ cron: '23 2 * * *' }], pull_request: {} }
permissions: {}
jobs:
  say:
    runs-on: ubuntu-latest
    steps:
      - if: github.event_name == 'schedule'
        run: echo "\${{ github.ref }} \${{ github.event.schedule }}"
      - if: github.event_name == 'pull_request'
        run: echo "\${{ github.ref }} \${{ github.head_ref }} to \${{ github.base_ref }}"
`),
      event,
      eventFile,
    });
    expect([code, log]).toEqual([0, expect.stringContaining(`| ${said}\n`)]);
  });

  test('a run that is cancelled: the main step is killed, and its post step runs with its state', async () => {
    const slow = repository({
      'action.yml': 'name: slow\nruns: { using: node24, main: slow.mjs, post: slow.mjs }\n',
      'slow.mjs': `
import { appendFileSync } from 'node:fs';
process.on('SIGINT', () => console.log('main was told'));
const { STATE_of } = process.env;
if (STATE_of) console.log(\`post of \${STATE_of}\`);
else {
  appendFileSync(process.env.GITHUB_STATE, \`of=\${process.pid}\\n\`);
  console.log('main is at work');
  setTimeout(() => console.log('main has ended'), 60_000);
}
`,
    });
    const { code, jobs, log, left } = await runAct({
      ...only(`
name: smoke
on: push
permissions: {}
jobs:
  slow:
    runs-on: ubuntu-latest
    steps:
      - uses: test/slow@v1
      - run: echo not reached
`),
      event: 'push',
      references: { 'test/slow@v1': slow },
      cancelWhen: (now) => now.log.includes('main is at work'),
    });
    expect({ code, jobs, left }).toEqual({ code: 1, jobs: { 'smoke/slow': 'failed' }, left: [] });
    expect(log).toMatch(/\| post of \d+$/m);
    expect(log).not.toMatch(/main has ended|main was told|not reached/);
  });

  test('artifacts go to the server of the tests; a cache comes back in the next job', async () => {
    const server = await startGitHub();
    const keep = repository({
      'action.yml':
        'name: keep\ninputs: { back: { default: "" } }\nruns: { using: node24, main: keep.mjs }\n',
      'keep.mjs': `
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
const { INPUT_BACK: back, MODULES, FILE } = process.env;
const { saveCache, restoreCache } = await import(\`\${MODULES}/@actions/cache/lib/cache.js\`);
const { DefaultArtifactClient } = await import(\`\${MODULES}/@actions/artifact/lib/artifact.js\`);
if (back) {
  rmSync(FILE);
  console.log(\`restored \${await restoreCache([FILE], 'key')}: \${readFileSync(FILE, 'utf8')}\`);
} else {
  writeFileSync(FILE, 'to be kept');
  await saveCache([FILE], 'key');
  const { id } = await new DefaultArtifactClient().uploadArtifact('kept', [FILE], dirname(FILE));
  console.log(\`artifact \${id}\`);
}
`,
    });
    const { code, log } = await runAct({
      ...only(`
name: smoke
on: push
permissions: {}
jobs:
  keep:
    runs-on: ubuntu-latest
    steps:
      - uses: test/keep@v1
  back:
    needs: keep
    runs-on: ubuntu-latest
    steps:
      - uses: test/keep@v1
        with:
          back: 'yes'
`),
      event: 'push',
      references: { 'test/keep@v1': keep },
      env: { MODULES: join(ROOT, 'node_modules'), FILE: join(tempDir(), 'kept.txt') },
      server,
    });
    await server.close();
    expect(log).toMatch(/\| restored key: to be kept$/m);
    expect(code).toBe(0);
    expect(server.artifacts).toMatchObject([{ name: 'kept', workflow_run: { id: server.runId } }]);
    expect(log).toContain(`| artifact ${server.artifacts[0]!.id}`);
  });

  test('what a workflow uses and is not here is told before act is started', async () => {
    const workflow =
      'on: push\njobs: { a: { runs-on: ubuntu-latest, steps: [{ uses: actions/setup-go@v6 }] } }\n';
    await expect(runAct({ ...only(workflow), event: 'push' })).rejects.toThrow(
      'uses actions/setup-go@v6, which is not here: give a folder that stands in for actions/setup-go@v6',
    );
    const elsewhere = 'on: push\njobs: { a: { runs-on: windows-latest, steps: [{ run: exit 0 }] } }\n';
    await expect(runAct({ ...only(elsewhere), event: 'push' })).rejects.toThrow(/a runner that is not here/);
  });
});
