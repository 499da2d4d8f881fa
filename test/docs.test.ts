import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { generateX25519Identity, identityToRecipient } from 'age-encryption';
import { load, loadAll } from 'js-yaml';
import { ACTION_MODES, parseInputs } from '../src/inputs.js';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');

const pages = ['README.md', ...globSync('docs/**/*.md', { cwd: ROOT }).sort()];

/** A block of code in a page. */
interface Block {
  /** The page and the line of its fence, as an editor opens it. */
  at: string;
  language: string;
  text: string;
}

const FENCED = /^( *)```(\w*)[^\n]*\n(.*?)^\1```$/gms;

function blocksOf(page: string): Block[] {
  const all = read(page);
  return [...all.matchAll(FENCED)].map(({ index, 1: indent = '', 2: language = '', 3: body = '' }) => ({
    at: `${page}:${all.slice(0, index).split('\n').length}`,
    language,
    text: body.replaceAll(new RegExp(`^${indent}`, 'gm'), ''),
  }));
}

interface Step {
  uses?: string;
  run?: string;
  with?: Record<string, unknown>;
}

interface Job {
  uses?: string;
  permissions?: unknown;
  steps?: Step[];
  'timeout-minutes'?: number;
}

interface Workflow {
  permissions?: unknown;
  jobs: Record<string, Job>;
}

const yaml = pages.flatMap(blocksOf).filter(({ language }) => /^ya?ml$/.test(language));
const workflows = yaml.filter(({ text }) => /^on:/m.test(text) && /^jobs:/m.test(text));
/** Workflows, and lists of steps that go into one. */
const stepped = yaml.filter(
  (block) => workflows.includes(block) || /^- (uses|name|id|run):/.test(block.text),
);

function parsed({ at, text }: Block): unknown {
  try {
    return load(text);
  } catch (error) {
    throw new Error(`${at} is not YAML`, { cause: error });
  }
}

const workflowOf = (block: Block) => parsed(block) as Workflow;
const jobsOf = (block: Block) => Object.values(workflowOf(block).jobs);

function stepsOf(block: Block): Step[] {
  if (workflows.includes(block)) return jobsOf(block).flatMap(({ steps = [] }) => steps);
  return parsed(block) as Step[];
}

const eachAt = (blocks: readonly Block[]) => blocks.map((block) => [block.at, block] as const);

test('there are pages with workflows to look at', () => {
  expect(pages.length).toBeGreaterThan(10);
  expect(workflows.map(({ at }) => at.split(':')[0])).toEqual(
    expect.arrayContaining(['README.md', 'docs/recipes/eks.md', 'docs/recipes/fleet.md']),
  );
});

test.each(eachAt(yaml))('%s is YAML', (_, { text }) => {
  expect(loadAll(text).length).toBeGreaterThan(0);
});

describe('a workflow', () => {
  test.each(eachAt(workflows))(
    '%s starts without permissions; each job says its own, and why',
    (_, block) => {
      expect(workflowOf(block).permissions).toEqual({});
      for (const { permissions } of jobsOf(block)) expect(permissions).toEqual(expect.any(Object));
      const granted = block.text.match(/^ +[a-z-]+: (read|write)\b.*$/gm) ?? [];
      expect(granted.filter((line) => !/ # \w/.test(line))).toEqual([]);
    },
  );

  test.each(eachAt(workflows))('%s has an end for each job', (_, block) => {
    // A job that calls another workflow takes no limit: the called jobs have theirs.
    const own = jobsOf(block).filter(({ uses }) => uses === undefined);
    for (const job of own) expect(job['timeout-minutes']).toBeGreaterThan(0);
  });

  test.each(eachAt(workflows))(
    '%s has no schedule on the full hour, when GitHub has most to do',
    (_, { text }) => {
      const minutes = [...text.matchAll(/cron: ['"](\S+) /g)].map((match) => match[1]);
      expect(minutes.length).toBe([...text.matchAll(/cron:/g)].length);
      expect(minutes.filter((minute) => !/^[1-9]\d?$/.test(minute!))).toEqual([]);
    },
  );
});

describe('steps', () => {
  const PINNED = /^[\w.-]+\/[\w./-]+@[0-9a-f]{40} # v\d+(\.\d+)+$/;

  test.each(eachAt(stepped))('%s puts no expression into a script', (_, block) => {
    expect(stepsOf(block).filter(({ run }) => run?.includes('${{'))).toEqual([]);
  });

  test.each(eachAt(stepped))('%s pins each action by commit, with its version behind it', (_, block) => {
    const written = [...block.text.matchAll(/^ *(?:- )?uses: (.+)$/gm)].map((match) => match[1]!);
    const jobs = workflows.includes(block) ? jobsOf(block) : [];
    const read = [...jobs, ...stepsOf(block)].filter(({ uses }) => uses !== undefined);
    expect(written.length).toBe(read.length);
    expect(written.filter((action) => !PINNED.test(action))).toEqual([]);
  });

  test('agree on the commit of an action, on all pages', () => {
    const uses = new Set(stepped.flatMap(stepsOf).flatMap(({ uses }) => (uses ? [uses.toLowerCase()] : [])));
    const actions = [...uses].map((action) => action.split('@')[0]);
    expect(actions).toEqual([...new Set(actions)]);
  });
});

describe('our action', () => {
  const { repository } = JSON.parse(read('package.json')) as { repository: { url: string } };
  const own = `${new URL(repository.url).pathname.slice(1)}@`;
  const known = Object.keys((load(read('action.yml')) as { inputs: object }).inputs);

  /** A step that uses the action, with what its job may do. */
  interface Use {
    given: Record<string, unknown>;
    permissions: Record<string, string>;
  }
  const used = workflows.flatMap((block) =>
    jobsOf(block).flatMap(({ steps = [], permissions }) =>
      steps
        .filter(({ uses }) => uses?.startsWith(own))
        .map(
          (step) => [block.at, { given: step.with ?? {}, permissions: permissions ?? {} } as Use] as const,
        ),
    ),
  );

  /** What stands for a value that only a run knows, such as a secret. */
  const samples: Record<string, string> = { backup: 'backups/' };
  beforeAll(async () => {
    const identities = [await generateX25519Identity(), await generateX25519Identity()];
    samples.identity = identities[0]!;
    samples.recipients = (await Promise.all(identities.map(identityToRecipient))).join(',');
  });

  /** The inputs as they are read; expressions and values with an ellipsis are filled in, or left out. */
  function valuesOf(given: Use['given']): Record<string, string> {
    const filled = Object.entries(given).map(([name, value]) => {
      const text = String(value);
      return [name, /\$\{\{|…/.test(text) ? (samples[name] ?? '') : text] as const;
    });
    // The reader's own folder of backups is not here.
    const there = filled.map(([name, text]) => [name, text === 'backups/' ? 'docs/' : text] as const);
    return Object.fromEntries(there.filter(([name]) => name !== 'mode'));
  }

  test('is used in the modes that pages tell of', () => {
    const modes = new Set(used.map(([, { given }]) => given.mode));
    expect(modes).toEqual(new Set(['backup', 'install', 'restore-verify']));
  });

  test.each(used)('%s gives it inputs that it has', (_, { given }) => {
    expect(Object.keys(given).filter((name) => !known.includes(name))).toEqual([]);
    expect(ACTION_MODES).toContain(given.mode);
  });

  test.each(used)('%s gives it values that it takes', async (_, { given }) => {
    const env = {
      GITHUB_ACTIONS: 'true',
      GITHUB_REPOSITORY: 'octo-org/ops',
      GITHUB_TOKEN: 'x',
      ACTIONS_RUNTIME_TOKEN: 'x',
      ACTIONS_ID_TOKEN_REQUEST_URL: 'https://token.example',
      // As in the pod of a runner: the kubeconfig, which is not there, is not missed.
      KUBERNETES_SERVICE_HOST: '10.0.0.1',
    };
    const mode = given.mode as (typeof ACTION_MODES)[number];
    expect((await parseInputs({ mode, values: valuesOf(given) }, env)).mode).toBe(mode);
  });

  test.each(used)('%s gives its job the permissions that it takes', (_, { given, permissions }) => {
    const fetches = /^(latest$|run:|artifact:|random:)/.test(String(given.backup));
    expect(permissions).toMatchObject({
      ...(fetches ? { actions: 'read', contents: 'read' } : {}),
      ...(given.attest === true ? { 'id-token': 'write', attestations: 'write' } : {}),
      ...(given.comment === true ? { 'pull-requests': 'write' } : {}),
    });
  });
});

describe('links', () => {
  const prose = (page: string) => read(page).replaceAll(FENCED, '');

  /** The targets of links and pictures that are no addresses. */
  function relativeLinks(page: string): string[] {
    const targets = [...prose(page).matchAll(/\]\(([^)\s]+)\)/g)].map((match) => match[1]!);
    return targets.filter((target) => !/^[a-z]+:/.test(target));
  }

  /** The anchors that GitHub gives to the headings of a page; a repeated one gets a number. */
  function anchors(page: string): string[] {
    const seen = new Map<string, number>();
    return [...prose(page).matchAll(/^#+ (.+)$/gm)].map((match) => {
      const slug = match[1]!
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
        .replaceAll(/\s/g, '-');
      const count = seen.get(slug) ?? 0;
      seen.set(slug, count + 1);
      return count === 0 ? slug : `${slug}-${count}`;
    });
  }

  function isBroken(page: string, target: string): boolean {
    const [path = '', anchor] = target.split('#');
    const file = path === '' ? page : join(dirname(page), path);
    if (!existsSync(join(ROOT, file))) return true;
    return anchor !== undefined && !anchors(file).includes(anchor);
  }

  test.each(pages)('%s: every relative link leads to a file or a heading', (page) => {
    expect(relativeLinks(page).filter((target) => isBroken(page, target))).toEqual([]);
  });
});
