import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { generateIdentity, identityToRecipient } from 'age-encryption';
import { bed, startSource } from '../bed/bed.js';
import type { GitHubBed } from '../bed/github/server.js';
import { type KindBed, kindBed } from '../bed/kind/bed.js';
import {
  artifactsOf,
  ended,
  leftInTemp,
  outputsIn,
  passed,
  reportsOf,
  repositoryWith,
  runOn,
  showingOutputs,
  startOctoRepo,
  template,
} from './templates.js';

const DRILL = 'argocd-drill.yml';
const JOB = 'drill/drill/drill';

// Without a registry of images, all of them are built first.
const BED_MS = 60 * 60_000;

let server: GitHubBed;
let secrets: Record<string, string>;
let kind: KindBed;

beforeAll(async () => {
  const say = (line: string) => void process.stdout.write(`${line}\n`);
  kind = await kindBed({ info: say, warn: say, progress: say });
  server = await startOctoRepo();
  const { plane } = await startSource(20);
  const identity = await generateIdentity();
  const backup = await runOn({
    ...{ server, ...repositoryWith('argocd-backup.yml'), event: 'schedule' },
    secrets: { ARGOCD_BACKUP_KUBECONFIG: readFileSync(plane.target.kubeconfig!, 'utf8') },
    vars: { ARGOCD_BACKUP_RECIPIENTS: await identityToRecipient(identity) },
  });
  await plane.stop();
  expect(backup.code).toBe(0);
  secrets = { ARGOCD_BACKUP_IDENTITY: identity };
}, BED_MS);
afterAll(() => bed.close());

/** The template; where the bed has made an image for nodes, with that. */
const drill = () =>
  kind.nodeImage
    ? template(DRILL).replace(/^ {4}with:\n/m, `$&      node-image: ${kind.nodeImage}\n`)
    : template(DRILL);

const nodesOf = (cluster: string): string[] =>
  execFileSync(
    'docker',
    ['ps', '--all', '--filter', `label=io.x-k8s.kind.cluster=${cluster}`, '--format', '{{.Names}}'],
    { encoding: 'utf8', env: { ...process.env, DOCKER_HOST: kind.dockerHost } },
  )
    .split('\n')
    .filter(Boolean);

describe(`${DRILL} on kind`, () => {
  const onKind = (text: string) => ({
    ...{ server, ...repositoryWith(DRILL, text), secrets, docker: kind.dockerHost, watched: true },
    event: 'workflow_dispatch',
  });

  test('by the button, to level engine: Argo CD runs on the restored data and works; no node is left', async () => {
    const [artifact] = artifactsOf(server, 'argocd-argocd');
    const run = await runOn({
      ...onKind(showingOutputs(drill(), 'drill')),
      inputs: {
        ...{ backup: 'latest', artifact: String(artifact!.id), level: 'engine', 'argocd-version': 'auto' },
      },
    });
    expect(ended(run)).toEqual(passed(JOB, 'argocd-drill/after'));
    expect(outputsIn(run.log)).toMatchObject({ verdict: 'PASS', applications: '20' });
    expect(run.log).toMatch(/✅ running \(\d+ of \d+ proven\) › ✅ engine \(\d+ of \d+ proven\)/);
    expect(reportsOf(server, 'restore-verify')).toHaveLength(1);
    expect(nodesOf(/cluster (argocd-dr-[0-9a-f]{8}) with \d nodes answers/.exec(run.log)![1]!)).toEqual([]);
    for (const path of leftInTemp(run.log)[0]!)
      expect(path).toMatch(/^argocd-drill-report\/(report|junit)\./);
  });

  test('cancelled while nodes are made: the post step alone removes them, and those to come', async () => {
    let cluster = '';
    const { code, jobs, log, left } = await runOn({
      ...onKind(drill()),
      inputs: { backup: 'latest', artifact: '', level: 'auto', 'argocd-version': 'auto' },
      cancelWhen: ({ processes }) => {
        cluster ||= /create cluster --name (\S+)/.exec(processes().join('\n'))?.[1] ?? '';
        return cluster !== '' && nodesOf(cluster).length > 0;
      },
    });
    expect({ code, jobs, left }).toEqual({ code: 1, jobs: { [JOB]: 'failed' }, left: [] });
    expect(log).toMatch(new RegExp(`removed cluster ${cluster}`));
    expect(leftInTemp(log)).toEqual([[]]);
    expect(nodesOf(cluster)).toEqual([]);
    // What Docker was asked for a moment before would be there by now.
    await new Promise((resolve) => setTimeout(resolve, 10_000));
    expect(nodesOf(cluster)).toEqual([]);
  });
});
