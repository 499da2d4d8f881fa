import { describe, expect, test } from '@jest/globals';
import { createFailure, dockerUnreachable } from '../../../src/cluster/kind/failures.js';
import { EXIT } from '../../../src/errors.js';

/** As kind 0.30.0 prints a failed `docker run`. */
const dockerRun = (said: string) => `Creating cluster "p" ...
 ✗ Preparing nodes 📦
ERROR: failed to create cluster: command "docker run --name p-control-plane --label io.x-k8s.kind.cluster=p -e HTTPS_PROXY=http://user:hunter2@proxy:3128 --publish=127.0.0.1:5000:31000/TCP kindest/node:v1.34.4" failed with error: exit status 125

Command Output: 82be2803c3e661cc76017ffb21c51aca6114f6b91c45656048dd8ede7745c4e3
docker: ${said}

Run 'docker run --help' for more information
`;

const dockerPull = (said: string) => `Creating cluster "p" ...
 ✗ Ensuring node image (kindest/node:v9.9.9) 🖼
ERROR: failed to create cluster: failed to pull image "kindest/node:v9.9.9": command "docker pull kindest/node:v9.9.9" failed with error: exit status 1

Command Output: ${said}
`;

const KUBEADM = `ERROR: failed to create cluster: failed to init node with kubeadm: command "docker exec --privileged p-control-plane kubeadm init --config=/kind/kubeadm.conf --v=6" failed with error: exit status 1
Command Output: I1124 00:21:58 initconfiguration.go:261] loading configuration
error: error execution phase wait-control-plane: failed while waiting for the control plane to start
	k8s.io/kubernetes@v1.34.4/cmd/kubeadm/kubeadm.go:25
runtime.main
`;

describe('failures of kind create cluster and their remedies', () => {
  test.each<[string, string, RegExp]>([
    [
      'port of another container, Docker 20 and newer',
      dockerRun(
        'Error response from daemon: driver failed programming external connectivity on endpoint p-control-plane (e9b4): Bind for 127.0.0.1:5000 failed: port is already allocated',
      ),
      /^127\.0\.0\.1:5000 on this machine is in use.*port-mappings/,
    ],
    [
      'port of another program, Docker 20',
      dockerRun(
        'Error response from daemon: driver failed programming external connectivity on endpoint p-control-plane (e9b4): Error starting userland proxy: listen tcp4 0.0.0.0:31000: bind: address already in use.',
      ),
      /^0\.0\.0\.0:31000 on this machine is in use/,
    ],
    [
      'port of another program, Docker 28',
      dockerRun(
        'Error response from daemon: failed to set up container networking: driver failed programming external connectivity on endpoint p-control-plane (e9b4): failed to bind host port for 0.0.0.0:31000:172.18.0.2:31000/tcp: address already in use',
      ),
      /^0\.0\.0\.0:31000 on this machine is in use/,
    ],
    [
      'disk full',
      dockerRun(
        'Error response from daemon: mkdir /var/lib/docker/overlay2/abc-init: no space left on device',
      ),
      /no space left.*docker system prune/,
    ],
    [
      'disk full while pulling',
      dockerPull('failed to register layer: write /usr/bin/kubelet: no space left on device'),
      /no space left.*docker system prune/,
    ],
    [
      'pull limit',
      dockerPull(
        'Error response from daemon: toomanyrequests: You have reached your unauthenticated pull rate limit. https://www.docker.com/increase-rate-limit',
      ),
      /refuses more pulls.*docker login.*node-image/,
    ],
    [
      'no such image',
      dockerPull(
        'Error response from daemon: manifest for kindest/node:v9.9.9 not found: manifest unknown: manifest unknown',
      ),
      /kindest\/node:v9\.9\.9 is not in its registry.*kubernetes-version/,
    ],
    [
      'no such repository',
      dockerPull(
        "Error response from daemon: pull access denied for kindest/nodes, repository does not exist or may require 'docker login'",
      ),
      /is not in its registry/,
    ],
    [
      'registry out of reach',
      dockerPull(
        'Error response from daemon: Get "https://registry-1.docker.io/v2/": dial tcp: lookup registry-1.docker.io on 10.0.0.53:53: no such host',
      ),
      /could not be pulled.*reaches its registry.*docker load/,
    ],
    [
      'cluster name',
      'ERROR: failed to create cluster: node(s) already exist for a cluster with the name "p"\n',
      /the name p is taken.*cluster-name/,
    ],
    [
      'container name',
      dockerRun(
        'Error response from daemon: Conflict. The container name "/p-control-plane" is already in use by container "82be". You have to remove (or rename) that container to be able to reuse that name.',
      ),
      /the name p-control-plane is taken/,
    ],
    [
      'daemon gone at the start',
      'ERROR: failed to create cluster: failed to get docker info: command "docker info --format \'{{json .}}\'" failed with error: exit status 1\n\nCommand Output: {"ID":"","Containers":0}\nCannot connect to the Docker daemon at tcp://127.0.0.1:1. Is the docker daemon running?\n',
      /Docker does not answer at tcp:\/\/127\.0\.0\.1:1: start it/,
    ],
    [
      'daemon gone while pulling',
      dockerPull(
        'Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?',
      ),
      /Docker does not answer at unix:\/\/\/var\/run\/docker\.sock: start it/,
    ],
    [
      'a node that does not start',
      'ERROR: failed to create cluster: could not find a log line that matches "Reached target .*Multi-User System.*|detected cgroup v1"\n',
      /did not start.*inotify/,
    ],
    ['kubeadm init', KUBEADM, /did not come up in the control-plane node/],
    ['kubeadm join', KUBEADM.replaceAll('init', 'join'), /did not come up in a worker node/],
  ])('%s', (_, output, message) => {
    const error = createFailure(output);
    expect(error.exitCode).toBe(EXIT.infra);
    expect(error.message).toMatch(message);
  });

  test('a configuration that kind refuses is invalid input, with what kind says', () => {
    const said =
      'ERROR: unable to decode config: yaml: unmarshal errors:\n  line 3: field nope not found in type v1alpha4.Cluster\n';
    expect(createFailure(said)).toMatchObject({
      exitCode: EXIT.invalidInput,
      message: expect.stringMatching(/kind-config[\s\S]*field nope not found/),
    });
  });

  test("anything else: kind's error and its last lines, without the command and what it holds", () => {
    const { message } = createFailure(dockerRun('Error response from daemon: something new'));
    expect(message).toBe(
      [
        'kind could not create the cluster: ERROR: failed to create cluster: docker run failed: exit status 125',
        '82be2803c3e661cc76017ffb21c51aca6114f6b91c45656048dd8ede7745c4e3',
        'docker: Error response from daemon: something new',
      ].join('\n'),
    );
    expect(createFailure('').message).toBe('kind could not create the cluster: (nothing)');
  });
});

describe('a Docker daemon that cannot be reached', () => {
  test.each([
    [
      'permission denied while trying to connect to the Docker daemon socket at unix:///var/run/docker.sock: Get "http://%2Fvar%2Frun%2Fdocker.sock/v1.50/info": dial unix /var/run/docker.sock: connect: permission denied',
      /may not use Docker.*group docker/,
    ],
    [
      'permission denied while trying to connect to the docker API at unix:///var/run/docker.sock',
      /may not use Docker/,
    ],
    [
      'Cannot connect to the Docker daemon at unix:///x.sock. Is the docker daemon running?',
      /does not answer at unix:\/\/\/x\.sock:/,
    ],
    [
      'failed to connect to the docker API at unix:///x.sock; check if the path is correct and if the daemon is running',
      /does not answer at unix:\/\/\/x\.sock:/,
    ],
    [
      'error during connect: Get "http://host:2375/v1.50/info": dial tcp: lookup host: no such host',
      /does not answer:/,
    ],
  ])('%s', (stderr, message) => {
    expect(dockerUnreachable(stderr)?.message).toMatch(message);
  });

  test('other failures are none of these', () => {
    expect(dockerUnreachable('Error: No such container: x')).toBeUndefined();
  });
});
