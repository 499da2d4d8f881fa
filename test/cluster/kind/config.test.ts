import { describe, expect, test } from '@jest/globals';
import { type ConfigOptions, FOUR_NODES_BYTES, renderKindConfig } from '../../../src/cluster/kind/config.js';
import { EXIT } from '../../../src/errors.js';

const OPTIONS: ConfigOptions = {
  workers: 3,
  portMappings: [],
  memoryBytes: 16 * 2 ** 30,
  cpus: 8,
  mark: '/kind/argocd-dr/0123',
};

interface Node {
  role: string;
  kubeadmConfigPatches?: string[];
  extraPortMappings?: object[];
  extraMounts: object[];
}

function render(options: Partial<ConfigOptions>) {
  const rendered = renderKindConfig({ ...OPTIONS, ...options });
  return { ...rendered, config: JSON.parse(rendered.text) as { nodes: Node[]; [field: string]: unknown } };
}

const own = (text: string) => `kind: Cluster\napiVersion: kind.x-k8s.io/v1alpha4\n${text}`;
const roles = ({ nodes }: { nodes: Node[] }) => nodes.map(({ role }) => role);
const takesPods = ({ nodes }: { nodes: Node[] }) =>
  nodes[0]!.kubeadmConfigPatches?.join('').includes('taints: []') === true;

describe('nodes', () => {
  test.each([
    { workers: 3, memoryGib: 16, made: 3, schedulable: false, warned: false },
    { workers: 5, memoryGib: 16, made: 5, schedulable: false, warned: false },
    { workers: 2, memoryGib: 16, made: 2, schedulable: true, warned: false },
    { workers: 1, memoryGib: 16, made: 1, schedulable: true, warned: false },
    { workers: 0, memoryGib: 16, made: 0, schedulable: true, warned: false },
    { workers: 3, memoryGib: 5, made: 2, schedulable: true, warned: true },
    { workers: 2, memoryGib: 5, made: 2, schedulable: true, warned: false },
  ])('$workers workers on $memoryGib GiB', ({ workers, memoryGib, made, schedulable, warned }) => {
    const { config, nodes, warning, loadBalancer } = render({ workers, memoryBytes: memoryGib * 2 ** 30 });
    expect(roles(config)).toEqual(['control-plane', ...Array(made).fill('worker')]);
    expect(nodes).toBe(made + 1);
    expect(takesPods(config)).toBe(schedulable);
    expect(warning !== undefined).toBe(warned);
    expect(loadBalancer).toBe(false);
  });

  test.each([
    { workers: undefined, cpus: 4, memoryGib: 16, made: 3, told: undefined },
    { workers: undefined, cpus: 2, memoryGib: 16, made: 2, told: /^note: .*has 2 CPUs; give workers: 3/ },
    { workers: undefined, cpus: 2, memoryGib: 5, made: 2, told: /^warning: .*5\.0 GiB/ },
    { workers: 3, cpus: 2, memoryGib: 16, made: 3, told: undefined },
  ])('$workers workers on $cpus CPUs and $memoryGib GiB', ({ workers, cpus, memoryGib, made, told }) => {
    const { config, note, warning } = render({ workers, cpus, memoryBytes: memoryGib * 2 ** 30 });
    expect(roles(config)).toEqual(['control-plane', ...Array(made).fill('worker')]);
    expect(takesPods(config)).toBe(made < 3);
    const said = [note && `note: ${note}`, warning && `warning: ${warning}`].filter(Boolean);
    expect(said).toEqual(told ? [expect.stringMatching(told)] : []);
  });

  test('memory is short below the limit only', () => {
    expect(render({ memoryBytes: FOUR_NODES_BYTES }).nodes).toBe(4);
    expect(render({ memoryBytes: FOUR_NODES_BYTES - 1 }).warning).toMatch(/6\.0 GiB.*3 workers.*made two/);
  });

  test('every node carries the mark', () => {
    for (const { extraMounts } of render({}).config.nodes)
      expect(extraMounts).toEqual([
        { hostPath: '/dev/null', containerPath: '/kind/argocd-dr/0123', readOnly: true },
      ]);
  });
});

describe('port mappings', () => {
  test.each([
    ['31000:31001', { hostPort: 31000, containerPort: 31001 }],
    ['127.0.0.1:80:31000', { hostPort: 80, containerPort: 31000, listenAddress: '127.0.0.1' }],
    ['[::1]:80:31000', { hostPort: 80, containerPort: 31000, listenAddress: '::1' }],
    [' 53:31000/udp ', { hostPort: 53, containerPort: 31000, protocol: 'UDP' }],
  ])('%s', (entry, mapping) => {
    const [controlPlane, ...workers] = render({ portMappings: [entry] }).config.nodes;
    expect(controlPlane!.extraPortMappings).toEqual([mapping]);
    expect(workers.every((worker) => worker.extraPortMappings === undefined)).toBe(true);
  });

  test.each([
    '31000',
    '0:31000',
    '31000:65536',
    'localhost:80:80',
    '1:2:3:4',
    '80:80/icmp',
    '::1:80:80',
    'a:b',
    '',
  ])('refuses %j', (entry) => {
    expect(() => render({ portMappings: ['31000:31000', entry] })).toThrow(
      expect.objectContaining({
        exitCode: EXIT.invalidInput,
        message: expect.stringContaining(`port-mappings: "${entry}" cannot be used`),
      }),
    );
  });

  test('refuses a host port given twice, but for other protocols and addresses', () => {
    expect(() => render({ portMappings: ['80:1', '80:2'] })).toThrow(/host port 80 is given twice/);
    render({ portMappings: ['80:1', '80:1/udp', '127.0.0.2:80:1'] });
  });
});

describe("the user's own configuration", () => {
  test('what it says stands, and nodes are added where it names none', () => {
    const patch = 'kind: ClusterConfiguration\napiServer: {}\n';
    const kindConfig = own(
      `networking: {podSubnet: 10.9.0.0/16}\nfeatureGates: {X: true}\nkubeadmConfigPatches:\n- |\n  kind: ClusterConfiguration\n  apiServer: {}\n`,
    );
    const { config, nodes } = render({ kindConfig, portMappings: ['80:80'] });
    expect(config).toMatchObject({
      kind: 'Cluster',
      apiVersion: 'kind.x-k8s.io/v1alpha4',
      networking: { podSubnet: '10.9.0.0/16' },
      featureGates: { X: true },
      kubeadmConfigPatches: [patch],
    });
    expect(nodes).toBe(4);
  });

  test('its nodes win, get the ports on the first control plane, and keep their mounts and ports', () => {
    const kindConfig = own(
      'nodes:\n- role: worker\n- {extraPortMappings: [{hostPort: 1, containerPort: 2}], extraMounts: [{hostPath: /a, containerPath: /b}]}\n- role: control-plane\n',
    );
    const { config, nodes, warning, loadBalancer } = render({
      kindConfig,
      portMappings: ['80:81'],
      memoryBytes: 2 ** 30,
    });
    expect(nodes).toBe(3);
    expect(warning).toBeUndefined();
    expect(loadBalancer).toBe(true);
    const [worker, first, second] = config.nodes;
    expect(worker!.extraPortMappings).toBeUndefined();
    expect(second!.extraPortMappings).toBeUndefined();
    expect(first!.extraPortMappings).toEqual([
      { hostPort: 1, containerPort: 2 },
      { hostPort: 80, containerPort: 81 },
    ]);
    expect(first!.extraMounts).toHaveLength(2);
    expect(first!.kubeadmConfigPatches).toBeUndefined();
  });

  test('anchors and merge keys work as in kind', () => {
    const kindConfig = own('nodes:\n- &n {role: control-plane}\n- <<: *n\n  role: worker\n');
    expect(roles(render({ kindConfig }).config)).toEqual(['control-plane', 'worker']);
  });

  test.each([
    ['- a', 'is not a YAML mapping'],
    ['a: [', 'is not YAML'],
    ['kind: Cluster\napiVersion: kind.sigs.k8s.io/v1alpha3', 'is not of kind Cluster and apiVersion'],
    [own('nodes: 3'), 'has nodes that are not a list of mappings'],
    [own('nodes: [worker]'), 'has nodes that are not a list of mappings'],
    [own('nodes: [{role: worker}]'), 'names no control-plane node'],
    [own('networking: {ipFamily: ipv6}'), 'ipFamily ipv6'],
  ])('refuses %j', (kindConfig, problem) => {
    expect(() => render({ kindConfig })).toThrow(
      expect.objectContaining({
        exitCode: EXIT.invalidInput,
        message: expect.stringContaining(
          `kind-config ${problem.startsWith('ipFamily') ? 'asks for ' : ''}${problem}`,
        ),
      }),
    );
  });

  test('dual stack is fine', () => {
    expect(render({ kindConfig: own('networking: {ipFamily: dual}') }).nodes).toBe(4);
  });
});
