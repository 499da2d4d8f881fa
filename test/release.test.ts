import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { stamp } from '../scripts/references.js';
import { checkProblems, main, tagProblems } from '../scripts/release.js';
import { PREDICATE_TYPES } from '../src/github/attest.js';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const OWN = 'argocd-dr/argocd-dr';
const ZEROS = '0'.repeat(40);

const WORKFLOWS = [
  '.github/workflows/backup.yml',
  '.github/workflows/drill.yml',
  '.github/workflows/validate.yml',
];
const CALLERS = ['README.md', ...globSync(['docs/**/*.md', 'workflows-templates/*.yml'], { cwd: ROOT })];

/** What stands in for the bundler: dist/ is made of the version, as the real one is among other things. */
const BUILD = `
import { copyFileSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
const out = process.argv[2];
rmSync(out, { recursive: true, force: true });
mkdirSync(out);
copyFileSync(join(import.meta.dirname, '../src/version.ts'), join(out, 'index.js'));
`;

const made: string[] = [];
afterAll(() => {
  for (const dir of made) rmSync(dir, { recursive: true });
});

const git = (root: string, ...args: string[]) =>
  execFileSync('git', args, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim();
const lines = (text: string) => text.split('\n').filter(Boolean);
const read = (root: string, path: string) => readFileSync(join(root, path), 'utf8');

function write(root: string, path: string, text: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}

function edit(root: string, path: string, change: (text: string) => string): void {
  const before = read(root, path);
  expect(change(before)).not.toBe(before);
  write(root, path, change(before));
}

function commitAll(root: string, message: string): void {
  git(root, 'add', '--all');
  git(root, 'commit', '--quiet', '--message', message);
}

/** A repository as this one is before its first release, at 0.1.0, with a dist/ that takes no time to build. */
function unreleased(): string {
  const root = mkdtempSync(join(tmpdir(), 'release-'));
  made.push(root);
  for (const path of ['.github/workflows', 'workflows-templates', 'docs', 'README.md', 'package-lock.json'])
    cpSync(join(ROOT, path), join(root, path), { recursive: true });
  write(root, 'package.json', read(ROOT, 'package.json'));
  write(root, 'src/version.ts', read(ROOT, 'src/version.ts'));
  for (const path of ['package.json', 'package-lock.json', 'src/version.ts'])
    write(root, path, read(root, path).replaceAll(JSON.parse(read(ROOT, 'package.json')).version, '0.1.0'));
  for (const kind of ['workflows', 'callers'] as const)
    stamp(root, kind, { name: OWN, release: { sha: ZEROS, version: '0.0.0' } });
  write(root, 'scripts/build.mjs', BUILD);
  execFileSync(process.execPath, ['scripts/build.mjs', 'dist'], { cwd: root });
  git(root, 'init', '--quiet', '--initial-branch=main');
  const config = {
    'user.name': 'octocat',
    'user.email': 'octocat@example.com',
    'commit.gpgSign': 'false',
    'tag.gpgSign': 'false',
    'core.hooksPath': join(root, '.git', 'hooks'),
  };
  for (const [name, value] of Object.entries(config)) git(root, 'config', name, value);
  commitAll(root, 'first');
  return root;
}

/** All that a release could leave behind. */
const stateOf = (root: string) => ({
  head: git(root, 'rev-parse', 'HEAD'),
  tags: git(root, 'tag', '--list'),
  status: git(root, 'status', '--porcelain'),
});

const showAt = (root: string, commit: string, path: string) => git(root, 'show', `${commit}:${path}`);
const changedBy = (root: string, commit: string) =>
  lines(git(root, 'diff', '--name-only', `${commit}^`, commit));

/** The pins of this repository in files of a commit, as `path from the root of it, SHA, version`; read for itself. */
function pinsAt(root: string, commit: string, paths: readonly string[]): string[] {
  const pin = new RegExp(String.raw`uses: ${OWN}[^@\s]*@(\S+ # .+)$`, 'gm');
  return paths.flatMap((path) => [...showAt(root, commit, path).matchAll(pin)].map((match) => match[1]!));
}

const withoutPins = (text: string) =>
  text.replaceAll(new RegExp(String.raw`(uses: ${OWN}[^@\s]*@).+$`, 'gm'), '$1');

describe.each([
  ['the first release, of the version that is there', [], '0.1.0', ['v0.1.0']],
  ['the release after it', ['0.1.0'], '0.1.1', ['v0.1.0', 'v0.1.1']],
])('%s', (_, before, version, tags) => {
  let root: string;
  let start: string;
  let output: string;
  const commits = () => lines(git(root, 'rev-list', '--reverse', `${start}..main`));

  beforeAll(() => {
    root = unreleased();
    for (const earlier of before) main([earlier], root);
    start = git(root, 'rev-parse', 'HEAD');
    output = main([version], root);
  });

  test('is three commits on main and a tag with annotation on the second', () => {
    const [, second] = commits();
    expect(lines(git(root, 'log', '--reverse', '--format=%s', `${start}..main`))).toEqual([
      `Release v${version}`,
      `The reusable workflows use the action of v${version}`,
      `Templates and pages name v${version}`,
    ]);
    expect(lines(git(root, 'tag', '--list'))).toEqual(tags);
    expect(git(root, 'cat-file', '-t', `v${version}`)).toBe('tag');
    expect(git(root, 'rev-parse', `v${version}^{commit}`)).toBe(second);
    expect(git(root, 'status', '--porcelain')).toBe('');
  });

  test('has its version and the dist built from it in the first commit', () => {
    const [first] = commits();
    const all = ['dist/index.js', 'package-lock.json', 'package.json', 'src/version.ts'];
    expect(changedBy(root, first!)).toEqual(before.length === 0 ? [] : all);
    const stated = `export const VERSION = '${version}';`;
    expect(showAt(root, first!, 'src/version.ts')).toContain(stated);
    expect(showAt(root, first!, 'dist/index.js')).toContain(stated);
    expect(JSON.parse(showAt(root, first!, 'package.json')).version).toBe(version);
    const lock = JSON.parse(showAt(root, first!, 'package-lock.json'));
    expect([lock.version, lock.packages[''].version]).toEqual([version, version]);
    const numbers = lines(git(root, 'diff', '--numstat', start, first!));
    expect(numbers).toEqual(
      before.length === 0
        ? []
        : ['1\t1\tdist/index.js', '2\t2\tpackage-lock.json', '1\t1\tpackage.json', '1\t1\tsrc/version.ts'],
    );
  });

  test('has the reusable workflows use the first commit, and changes nothing else in the second', () => {
    const [first, second] = commits();
    expect(changedBy(root, second!)).toEqual(WORKFLOWS);
    const pins = pinsAt(root, second!, WORKFLOWS);
    expect(pins.length).toBe(pinsAt(root, start, WORKFLOWS).length);
    expect(new Set(pins)).toEqual(new Set([`${first} # v${version}`]));
    for (const path of WORKFLOWS)
      expect(withoutPins(showAt(root, second!, path))).toBe(withoutPins(showAt(root, first!, path)));
  });

  test('has templates and pages name the second commit, and changes nothing else in the third', () => {
    const [, second, third] = commits();
    expect(changedBy(root, third!).filter((path) => !CALLERS.includes(path))).toEqual([]);
    const pins = pinsAt(root, third!, CALLERS);
    expect(pins.length).toBeGreaterThan(10);
    expect(pins.length).toBe(pinsAt(root, start, CALLERS).length);
    expect(new Set(pins)).toEqual(new Set([`${second} # v${version}`]));
    for (const path of CALLERS)
      expect(withoutPins(showAt(root, third!, path))).toBe(withoutPins(showAt(root, start, path)));
  });

  test('says what to push and how to take it back, and the check passes', () => {
    expect(output).toContain(`git push --atomic origin main v${version}`);
    expect(output).toContain(`git tag --delete v${version} && git reset --hard ${start}`);
    const [first, second] = commits();
    expect(main(['--check'], root)).toMatch(
      new RegExp(`workflows: \\d+ .*@${first} # v${version}\ncallers: \\d+ .*@${second} # v${version}`),
    );
  });

  test('the tag passes its check, with the callers of the release before', () => {
    git(root, 'checkout', '--quiet', `v${version}`);
    try {
      expect(tagProblems(root, `v${version}`, OWN)).toEqual([]);
      expect(checkProblems(root)).toEqual([]);
    } finally {
      git(root, 'checkout', '--quiet', 'main');
    }
  });
});

test('a tag is signed where git is told to', () => {
  const root = unreleased();
  const program = join(root, '.git', 'gpg');
  writeFileSync(
    program,
    "#!/bin/sh\ncat >/dev/null\nprintf '%s\\n' '-----BEGIN PGP SIGNATURE-----' '-----END PGP SIGNATURE-----'\n" +
      "printf '\\n[GNUPG:] SIG_CREATED \\n' >&2\n",
  );
  chmodSync(program, 0o700);
  for (const [name, value] of [
    ['tag.gpgSign', 'true'],
    ['gpg.program', program],
  ])
    git(root, 'config', name!, value!);
  main(['0.1.0'], root);
  expect(git(root, 'cat-file', 'tag', 'v0.1.0')).toContain('BEGIN PGP SIGNATURE');
});

describe('a release is refused, and leaves everything as it is,', () => {
  let root: string;
  beforeAll(() => {
    root = unreleased();
    main(['0.1.0'], root);
  });

  function refusal(version: string): string[] {
    const before = stateOf(root);
    let message = '';
    try {
      main([version], root);
    } catch (error) {
      message = (error as Error).message;
    }
    expect(stateOf(root)).toEqual(before);
    const [first, ...problems] = lines(message);
    expect(first).toBe(`v${version} cannot be released:`);
    return problems;
  }

  /** Does something to the repository for as long as `run` takes. */
  function having(change: () => void, run: () => void): void {
    const { head } = stateOf(root);
    try {
      change();
      run();
    } finally {
      git(root, 'checkout', '--quiet', '--force', 'main');
      git(root, 'reset', '--quiet', '--hard', head);
      git(root, 'clean', '--quiet', '-d', '--force');
    }
  }

  test.each(['1.2', 'v1.2.3', '01.2.3', '1.2.3-rc.1', '1.2.3 ', 'latest'])(
    'for the version "%s"',
    (version) => {
      expect(refusal(version)).toEqual([`- "${version}" is no version such as 1.2.3`]);
    },
  );

  test.each(['0.0.9', '0.0.10'])('for %s after 0.1.0', (version) => {
    expect(refusal(version)).toEqual([`- ${version} is not newer than 0.1.0, the last release`]);
  });

  test('for 0.9.1 after 0.10.0, which is the newest by number', () => {
    for (const tag of ['v0.9.0', 'v0.10.0', 'v1.0.0-rc.1']) git(root, 'tag', tag);
    try {
      expect(refusal('0.9.1')).toEqual(['- 0.9.1 is not newer than 0.10.0, the last release']);
    } finally {
      git(root, 'tag', '--delete', 'v0.9.0', 'v0.10.0', 'v1.0.0-rc.1');
    }
  });

  test('for a version that the references name, though its tag is not here', () => {
    git(root, 'tag', 'kept', 'v0.1.0');
    git(root, 'tag', '--delete', 'v0.1.0');
    try {
      expect(refusal('0.1.0')).toEqual(['- 0.1.0 is not newer than 0.1.0, the last release']);
    } finally {
      git(root, 'tag', 'v0.1.0', 'kept');
      git(root, 'tag', '--delete', 'kept');
    }
  });

  test('for a tag that is there', () => {
    expect(refusal('0.1.0')).toEqual([
      '- there is a tag v0.1.0',
      '- 0.1.0 is not newer than 0.1.0, the last release',
    ]);
  });

  test.each([
    ['an edited', 'README.md', (text = '') => `${text}\n`],
    ['a new', 'notes.txt', () => 'x'],
  ])('with %s file', (_, path, change) => {
    const text = existsSync(join(root, path)) ? read(root, path) : undefined;
    having(
      () => write(root, path, change(text)),
      () => expect(refusal('0.1.1')).toEqual([`- not committed: ${path}`]),
    );
  });

  test.each([
    ['another branch', ['--quiet', '-B', 'side'], 'side'],
    ['no branch', ['--quiet', '--detach'], 'none'],
  ])('on %s', (_, args, name) => {
    having(
      () => git(root, 'checkout', ...args),
      () => expect(refusal('0.1.1')).toEqual([`- the branch is ${name}: releases are made from main`]),
    );
  });

  test.each([
    ['edited', () => write(root, 'dist/index.js', 'x'), 'index.js'],
    ['left behind', () => write(root, 'dist/118.index.js', 'x'), '118.index.js'],
    ['missing', () => rmSync(join(root, 'dist/index.js')), 'index.js'],
  ])('with a dist whose file is %s', (_, change, name) => {
    const keep = () => write(root, 'dist/keep', '');
    having(
      () => {
        if (name === 'index.js') keep();
        change();
        commitAll(root, 'dist');
      },
      () => {
        const stale = name === 'index.js' ? 'index.js, keep' : name;
        expect(refusal('0.1.1')).toEqual([`- dist is not what src builds: npm run build: ${stale}`]);
      },
    );
  });

  test('with a dist that cannot be built', () => {
    having(
      () => {
        write(root, 'scripts/build.mjs', 'process.exit(1);');
        commitAll(root, 'broken');
      },
      () =>
        expect(refusal('0.1.1')).toEqual(['- dist cannot be built, the compiler says why: npm run build']),
    );
  });

  test('with a changelog that does not have it', () => {
    having(
      () => {
        write(root, 'CHANGELOG.md', '# Changelog\n\n## 10.1.1\n\n## 0.1.0\n\nBefore 0.1.1.\n');
        commitAll(root, 'changelog');
      },
      () => expect(refusal('0.1.1')).toEqual(['- CHANGELOG.md has no heading for 0.1.1']),
    );
  });

  test('with all that is wrong at once', () => {
    having(
      () => {
        git(root, 'checkout', '--quiet', '-B', 'side');
        write(root, 'CHANGELOG.md', '');
        write(root, 'dist/index.js', 'x');
        for (const name of 'abcdef') write(root, `${name}.txt`, '');
      },
      () => {
        const problems = refusal('0.1');
        expect(problems.map((problem) => problem.split(/[ :]/).slice(1, 3).join(' '))).toEqual([
          'the branch',
          'not committed',
          '"0.1" is',
          'CHANGELOG.md has',
          'dist is',
        ]);
        expect(problems[1]).toMatch(/c\.txt, 3 more$/);
      },
    );
  });
});

describe('a release goes on with', () => {
  test('a changelog that has it', () => {
    const root = unreleased();
    write(root, 'CHANGELOG.md', '# Changelog\n\n## [0.1.0] - 2026-11-25\n');
    commitAll(root, 'changelog');
    expect(main(['0.1.0'], root)).toContain('v0.1.0 is made');
  });

  test('references that name nothing yet', () => {
    const root = unreleased();
    edit(root, 'README.md', (text) => text.replaceAll(`${ZEROS} # v0.0.0`, 'COMMIT_SHA'));
    commitAll(root, 'readme');
    expect(checkProblems(root).join('\n')).toMatch(/README\.md:\d+: "COMMIT_SHA" has to be the full SHA/);
    main(['0.1.0'], root);
    expect(read(root, 'README.md')).not.toContain('COMMIT_SHA');
    expect(checkProblems(root)).toEqual([]);
  });
});

test.each([
  ['Release', 'first'],
  ['The reusable', 'second'],
  ['Templates', 'third'],
])('where git refuses the commit "%s…", nothing of the release is left', (message) => {
  const root = unreleased();
  const hook = join(root, '.git', 'hooks', 'commit-msg');
  write(
    root,
    '.git/hooks/commit-msg',
    `#!/bin/sh\nif grep -q '^${message}' "$1"; then echo no >&2; exit 1; fi\n`,
  );
  chmodSync(hook, 0o700);
  const before = stateOf(root);
  expect(() => main(['0.2.0'], root)).toThrow('git commit');
  expect(stateOf(root)).toEqual(before);
  expect(read(root, 'src/version.ts')).toContain('0.1.0');
});

describe('--check', () => {
  let root: string;
  beforeAll(() => {
    root = unreleased();
    main(['0.1.0'], root);
  });

  /** The problems with a file changed. */
  function problemsWith(path: string, change: (text: string) => string): string {
    const before = read(root, path);
    try {
      edit(root, path, change);
      return checkProblems(root).join('\n');
    } finally {
      write(root, path, before);
    }
  }
  const lineOf = (path: string, text: string) => read(root, path).split(text)[0]!.split('\n').length;
  const firstPin = new RegExp(String.raw`${OWN}(\S*)@\S+ # v\S+`);

  test.each(['.github/workflows/drill.yml', 'workflows-templates/argocd-drill.yml', 'docs/evidence.md'])(
    'finds in %s another owner, commit or version, and a pin that is none',
    (path) => {
      const other = 'f'.repeat(40);
      expect(problemsWith(path, (text) => text.replace(`uses: ${OWN}`, 'uses: octocat/argocd-dr'))).toContain(
        'names octocat/argocd-dr, and package.json argocd-dr/argocd-dr: npm run release -- --rename',
      );
      expect(problemsWith(path, (text) => text.replace(firstPin, `${OWN}$1@${other} # v0.1.0`))).toMatch(
        new RegExp(`${other} in ${path}|name ${other}|most of ${other}`.replace(' in', ' # v0\\.1\\.0 in')),
      );
      expect(problemsWith(path, (text) => text.replace('# v0.1.0', '# v0.1.1'))).toMatch(
        /of more than one release: .*# v0\.1\.1|are of v0\.1\.1/,
      );
      for (const pin of ['main', 'v0.1.0', `${other} # v1`, other, `${other.slice(1)} # v0.1.0`])
        expect(problemsWith(path, (text) => text.replace(firstPin, `${OWN}$1@${pin}`))).toContain(
          `"${pin.split(' ')[0]}" has to be the full SHA of a commit`,
        );
    },
  );

  test('finds another name in a mention that is no reference', () => {
    const path = 'docs/evidence.md';
    const mention = 'See other/fork/.github/workflows/drill.yml.';
    const problems = problemsWith(path, (text) => `${text}\n${mention}\n`);
    expect(problems).toMatch(/^docs\/evidence\.md:\d+: names other\/fork, and package\.json /);
  });

  test('finds a call of a workflow that is not there', () => {
    const path = 'workflows-templates/argocd-drill.yml';
    expect(problemsWith(path, (text) => text.replace('/drill.yml@', '/drills.yml@'))).toContain(
      `${path}:${lineOf(path, '/drill.yml@')}: there is no .github/workflows/drills.yml here`,
    );
  });

  test('finds callers that all name another commit than that of the tag', () => {
    const callers = globSync(['workflows-templates/*.yml', 'README.md', 'docs/**/*.md'], { cwd: root });
    const tagged = git(root, 'rev-parse', 'v0.1.0^{commit}');
    const released = git(root, 'rev-parse', 'v0.1.0~1');
    try {
      for (const path of callers) write(root, path, read(root, path).replaceAll(tagged, released));
      expect(checkProblems(root)).toEqual([`callers name ${released}, and v0.1.0 is ${tagged}`]);
    } finally {
      git(root, 'checkout', '--quiet', '.');
    }
  });

  test.each([
    ['a word that is no tag', '0.1.0', () => {}, '"0.1.0" is no tag such as v1.2.3'],
    ['another version', 'v0.2.0', () => {}, 'package.json is of 0.1.0, and the tag of 0.2.0'],
    ['references of another version', 'v0.2.0', () => {}, 'the workflows use v0.1.0, and the tag is v0.2.0'],
    [
      'another commit',
      'v0.1.0',
      () => git(root, 'commit', '--quiet', '--allow-empty', '--message=x'),
      /v0\.1\.0 is not on [0-9a-f]{40}, which is checked out\n[0-9a-f]{40} is not on main/,
    ],
    [
      'more than workflows in the commit',
      'v0.1.0',
      () => {
        write(root, 'src/more.ts', '');
        commitAll(root, 'more');
      },
      'the tagged commit changes more than workflows: src/more.ts',
    ],
    [
      'a dist that is not fresh',
      'v0.1.0',
      () => write(root, 'dist/index.js', 'x'),
      /^dist is not what src builds: npm run build: index\.js$/,
    ],
  ])('of a tag finds %s', (_, tag, change, words) => {
    git(root, 'checkout', '--quiet', 'v0.1.0');
    try {
      change();
      expect(tagProblems(root, tag, OWN).join('\n')).toMatch(words);
    } finally {
      git(root, 'checkout', '--quiet', '--force', 'main');
    }
  });

  test('of a tag finds a run in a fork that has not taken its own name', () => {
    expect(tagProblems(root, 'v0.1.0', 'octocat/argocd-dr')).toContain(
      'this is octocat/argocd-dr, and package.json names argocd-dr/argocd-dr',
    );
  });

  test('of a tag finds a history that ends with it', () => {
    const clone = mkdtempSync(join(tmpdir(), 'release-'));
    made.push(clone);
    const args = ['--quiet', '--depth=1', '--branch=v0.1.0', `file://${root}`, clone];
    execFileSync('git', ['-c', 'advice.detachedHead=false', 'clone', ...args]);
    expect(tagProblems(clone, 'v0.1.0')).toContain(
      'the commit before the tagged one is not here: fetch the whole history',
    );
  });
});

describe('in a fork', () => {
  const fork = (url: string) => {
    const root = unreleased();
    main(['0.1.0'], root);
    edit(root, 'package.json', (text) => text.replace(`https://github.com/${OWN}`, url));
    commitAll(root, 'fork');
    return root;
  };
  /** Everything that names somebody, but for the types of attestations. */
  const naming = (root: string, name: string) =>
    [...WORKFLOWS, ...CALLERS].filter((path) =>
      read(root, path)
        .replaceAll('/attestations/', '\0')
        .match(new RegExp(`${name}(?![\\w-]|\0)`)),
    );

  test.each([
    ['https://github.com/octocat/argocd-dr', 'octocat/argocd-dr'],
    ['git+https://github.com/octocat/recovery.git', 'octocat/recovery'],
  ])(
    'of %s --rename writes the name, and leaves commits, versions and the types of attestations',
    (url, name) => {
      const root = fork(url);
      const before = new Map([...WORKFLOWS, ...CALLERS].map((path) => [path, read(root, path)]));
      expect(checkProblems(root).length).toBeGreaterThan(10);
      main(['--rename'], root);
      expect(checkProblems(root)).toEqual([]);
      expect(naming(root, OWN)).toEqual([]);
      for (const [path, text] of before) expect(read(root, path).replaceAll(name, OWN)).toBe(text);
      expect(read(root, 'docs/evidence.md')).toContain(PREDICATE_TYPES.drill);
      expect(main(['--rename'], root)).toBe(`all references are to ${name}`);
    },
  );

  test('a release writes the name as well', () => {
    const root = fork('https://github.com/octocat/recovery');
    main(['0.1.1'], root);
    expect(checkProblems(root)).toEqual([]);
    expect(naming(root, OWN)).toEqual([]);
    expect(naming(root, 'octocat/recovery')).toEqual(expect.arrayContaining(WORKFLOWS));
    expect(lines(git(root, 'tag', '--list'))).toEqual(['v0.1.0', 'v0.1.1']);
    expect(main(['--check'], root)).toMatch(
      /^workflows: .* octocat\/recovery@\S+ # v0\.1\.1\ncallers: .* octocat\/recovery@\S+ # v0\.1\.1$/,
    );
  });

  test('an address that is no repository on GitHub is refused', () => {
    const root = fork('https://git.example/octocat/recovery');
    expect(() => main(['--check'], root)).toThrow(
      'repository.url is "https://git.example/octocat/recovery", and has to be like https://github.com/',
    );
  });
});

describe('this repository', () => {
  test('is named everywhere by one owner and name, one commit for each kind of reference, and one version', () => {
    expect(checkProblems(ROOT)).toEqual([]);
  });

  test('is named in every template, and in every reusable workflow', () => {
    const files = globSync(['workflows-templates/*.yml', '.github/workflows/*.yml'], { cwd: ROOT });
    const reusable = files.filter((path) => /^ {2}workflow_call:$/m.test(read(ROOT, path)));
    expect(reusable.sort()).toEqual(WORKFLOWS);
    const naming = [...reusable, ...files.filter((path) => path.startsWith('workflows-templates/'))];
    expect(naming.filter((path) => !read(ROOT, path).includes(`uses: ${OWN}`))).toEqual([]);
    expect(naming.length).toBeGreaterThan(WORKFLOWS.length);
  });
});

test.each([[[]], [['1.2.3', '1.2.4']], [['--check', '--rename']], [['--rename', '1.2.3']], [['--push']]])(
  'the command line refuses %j before it does anything',
  (args) => {
    expect(() => main(args, '/nowhere')).toThrow(/usage: npm run release|Unknown option/);
  },
);

test('the command line ends with 1 and tells why', () => {
  const tsx = join(ROOT, 'node_modules', '.bin', 'tsx');
  const options = { cwd: ROOT, encoding: 'utf8' } as const;
  const { status, stderr } = spawnSync(tsx, ['scripts/release.ts', '--check', '--rename'], options);
  expect({ status, stderr }).toEqual({
    status: 1,
    stderr: 'usage: npm run release -- X.Y.Z | --check [vX.Y.Z] | --rename\n',
  });
});
