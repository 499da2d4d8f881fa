import { describe, expect, test } from '@jest/globals';
import { EXIT } from '../../src/errors.js';
import { type Probe, parseReport, probePod, reportProblem, runProbes } from '../../src/quarantine/probe.js';
import { fakeKube } from './fakes.js';

const GOOD = 'api=open door=open sentinel=closed lookup=open resolver=closed';
const probe: Probe = {
  node: 'n1',
  name: 'n1-1',
  greeting: 'hello n1',
  image: 'quay.io/argoproj/argocd:v3.1.9',
  sentinel: { address: '172.18.0.1', port: 1000 },
  door: { address: '172.18.0.1', port: 2000 },
  outsideName: 'n1',
};

test('a probe is bound to its node, and has no rights', () => {
  const { spec } = probePod(probe) as unknown as { spec: Record<string, unknown> };
  expect(spec).toMatchObject({
    nodeName: 'n1',
    tolerations: [{ operator: 'Exists' }],
    restartPolicy: 'Never',
    automountServiceAccountToken: false,
    dnsPolicy: 'Default',
    securityContext: { runAsNonRoot: true },
    containers: [{ image: probe.image, securityContext: { allowPrivilegeEscalation: false } }],
  });
  expect(spec).not.toHaveProperty('hostNetwork');
});

test.each([undefined, '', 'api=open', GOOD.replace('resolver=closed', 'resolver='), 'bash: not found'])(
  'no report in %p',
  (message) => {
    expect(parseReport(message)).toBeUndefined();
  },
);

describe('reportProblem', () => {
  test('none where the probe reached what it must, and nothing else', () => {
    expect(reportProblem(parseReport(`${GOOD}\n`)!)).toBeUndefined();
  });

  test.each([
    ['api=open', 'api=closed', 'does not reach the Kubernetes API'],
    ['door=open', 'door=closed', 'does not reach an open door'],
    ['sentinel=closed', 'sentinel=open', 'reaches the sentinel'],
    ['lookup=open', 'lookup=closed', 'cannot look up a name at all'],
    ['resolver=closed', 'resolver=open', 'resolves names'],
    ['sentinel=closed', 'sentinel=odd', 'reaches the sentinel'],
  ])('%s turned into %s', (good, bad, problem) => {
    expect(reportProblem(parseReport(GOOD.replace(good, bad))!)).toContain(problem);
  });
});

describe('runProbes', () => {
  const never = new AbortController().signal;
  const ended = (message: string, exitCode = 0) => ({
    phase: exitCode === 0 ? 'Succeeded' : 'Failed',
    containerStatuses: [{ state: { terminated: { exitCode, message } } }],
  });
  const waiting = (reason: string) => ({
    phase: 'Pending',
    containerStatuses: [{ state: { waiting: { reason, message: 'why' } } }],
  });

  test('returns what each probe reported', async () => {
    const kube = fakeKube({ podStatus: [{ phase: 'Pending' }, waiting('ContainerCreating'), ended(GOOD)] });
    expect(await runProbes(kube, [probe], never)).toEqual([parseReport(GOOD)]);
  });

  test.each([
    ['ends badly', ended(GOOD, 127), 'exit code 127'],
    ['reports nothing', ended(''), 'no report'],
    ['cannot pull its image', waiting('ImagePullBackOff'), 'ImagePullBackOff: why'],
    ['cannot be made', waiting('CreateContainerConfigError'), 'CreateContainerConfigError: why'],
  ])('names the node and the image where a probe %s', async (_, status, why) => {
    const kube = fakeKube({ podStatus: [status] });
    await expect(runProbes(kube, [probe], never)).rejects.toMatchObject({
      exitCode: EXIT.infra,
      message: expect.stringMatching(new RegExp(`node n1.*${probe.image}|${probe.image}.*node n1`)),
    });
    await expect(runProbes(kube, [probe], never)).rejects.toThrow(why);
  });
});
