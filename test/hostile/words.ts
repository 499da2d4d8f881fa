/** Words that a stranger may choose: names, texts, patterns, and what each of them attacks. */

export interface Hostile<T> {
  /** What it attacks; the name of its test. */
  attacks: string;
  value: T;
}

export const hostile = <T>(attacks: string, value: T): Hostile<T> => ({ attacks, value });

/** All commands of this corpus say so: one that a runner obeys is known by it. */
export const MARK = 'pwned';
/** Stands in every Secret of this corpus, and nowhere else. */
export const SECRET = 'c0rpus-s3cret-value';

/** Commands of a runner that do harm, in the hands of a stranger. */
export const DATA_COMMANDS = [
  'stop-commands',
  'set-output',
  'add-mask',
  'error',
  'debug',
  'add-path',
] as const;

const TIME = '20260101T000000Z';

/** Names of artifacts, as GitHub's API may answer with them. */
export const ARTIFACT_NAMES: readonly Hostile<string>[] = [
  hostile(
    'stop-commands in the first syntax, in the series of a backup',
    `argocd-##[stop-commands]${MARK}-${TIME}`,
  ),
  hostile('a command in the second syntax, behind a line end', `argocd-x\n::stop-commands::${MARK}-${TIME}`),
  hostile('a carriage return alone ends a line for the runner', `argocd-x\r::stop-commands::${MARK}-${TIME}`),
  hostile('a mask that hides every e of the log', `argocd-##[add-mask]e-${TIME}`),
  hostile('a path that leads out of a folder', `argocd-../../../tmp/${MARK}-${TIME}`),
  hostile('terminal escapes', `argocd-\u001b[2J\u001b]0;${MARK}\u0007-${TIME}`),
  hostile('a name of 100,000 characters', `argocd-${'a'.repeat(100_000)}-${TIME}`),
  hostile('right-to-left override', `argocd-\u202Eega.zg.rat-${TIME}`),
  hostile('an empty name', ''),
  hostile('a property of every object', '__proto__'),
];

/** Texts from anywhere: an Application's field, a program's word, the message of an error. */
export const TEXTS: readonly Hostile<string>[] = [
  hostile('a command at the start', `::error::${MARK}`),
  hostile('a command behind spaces', `   ::notice title=${MARK}::${MARK}`),
  hostile('a command behind a tab', `\t::warning::${MARK}`),
  hostile('a command behind U+0085, which .NET trims and JavaScript does not', `\u0085::error::${MARK}`),
  hostile('a command behind a no-break space', `\u00A0\u3000\u2028::error::${MARK}`),
  hostile('a command behind a byte order mark', `\uFEFF::error::${MARK}`),
  hostile(
    'a command that a break at a space puts at a start',
    `${'word '.repeat(30)}::stop-commands::${MARK}`,
  ),
  hostile(
    'a command that a break inside a word puts at a start',
    `${'w'.repeat(200)}::stop-commands::${MARK}`,
  ),
  hostile('a command of every syllable', `${'::error::'.repeat(40)}${MARK}`),
  hostile('stop-commands in the first syntax', `some words ##[stop-commands]${MARK}`),
  hostile('the first syntax in capitals, with properties', `x ##[ERROR file=a;line=1]${MARK}`),
  hostile('the first syntax with invisible characters within', `#\u200B#\u00AD[error]${MARK}`),
  hostile('the second syntax with invisible characters within', `:\u200D:error::${MARK}`),
  hostile('three signs of a number', `###[error]${MARK}`),
  hostile('a command after a line feed', `a\n::set-output name=verdict::${MARK}`),
  hostile('a command after a carriage return', `a\r::set-output name=verdict::${MARK}`),
  hostile('a mask, which libraries are let through with', `::add-mask::${MARK}`),
  hostile('a line for the debug log, which libraries are let through with', `::debug::${MARK}`),
  hostile('an escaped line end', `a%0A::error::${MARK}`),
  hostile('the end of a file of outputs', `x\nghadelimiter_0\nverdict=PASS\nverdict<<ghadelimiter_0\nPASS`),
  hostile('a word of another runner', `##vso[task.setvariable variable=x]${MARK} ##teamcity[${MARK}]`),
  hostile('a link', 'https://evil.example/x www.evil.example evil@evil.example'),
  hostile(
    'a link with every scheme that Markdown links',
    'http://a.example ftp://a.example mailto:a@a.example xmpp:a@a.example',
  ),
  hostile(
    'a link behind what emphasis begins with',
    '_www.evil.example ~www.evil.example *https://evil.example (www.evil.example',
  ),
  hostile(
    'mail to a host that begins with a hyphen',
    'evil@-evil.example evil@_evil.example evil@.evil.example',
  ),
  hostile(
    'Markdown of a link and of an image',
    '[a](https://evil.example) ![a](https://evil.example/a.png) [a]: https://evil.example',
  ),
  hostile(
    'HTML',
    '<img src=https://evil.example onerror=alert(1)><script>alert(1)</script></details></td></table>',
  ),
  hostile('the end of CDATA and of a comment', ']]> --> <!-- <![CDATA['),
  hostile('an entity', '&lt;script&gt; &#60;b&#62; &copy;'),
  hostile('mentions', '@octocat @octo-org/team #1 GH-1 octo-org/octo-repo#1'),
  hostile('a table, a heading, a list and a rule', '| a | b |\n| - | - |\n# h\n- l\n---\n```\n'),
  hostile('a rule alone', '---'),
  hostile('a list alone', '- a'),
  hostile('a numbered list alone', '1. a'),
  hostile('the underline of a heading alone', '==='),
  hostile('code with backticks at its end', 'a` `` ```'),
  hostile('a backslash at the end', 'a\\'),
  hostile(
    'terminal escapes',
    '\u001b[31mred\u001b[0m \u001b]8;;https://evil.example\u0007a\u001b]8;;\u0007 \u009b31m',
  ),
  hostile('bidirectional overrides', '\u202Etxt\u2066a\u2069'),
  hostile('half of a surrogate pair', 'a\uD800b\uDC00'),
  hostile('a null character', 'a\u0000b'),
  hostile('what YAML 1.1 takes for line ends', 'a\u2028b\u2029c\u0085d'),
  hostile('marks without end on one letter', `a${'\u0301'.repeat(2_000)}`),
  hostile('a word of 20,000 characters', 'x'.repeat(20_000)),
  hostile('20,000 spaces', `a${' '.repeat(20_000)}b`),
  hostile('properties of every object', '__proto__ constructor toString'),
];

/** Patterns of namespaces: from a backup, from argocd-cmd-params-cm of a source, from inputs. */
export const PATTERNS: readonly Hostile<string>[] = [
  hostile('nested repetition', '/^(a+)+$/'),
  hostile('alternatives that overlap', '/^(a|aa)+$/'),
  hostile('three stars side by side', '/^.*.*.*.*=$/'),
  hostile('nested repetition of anything', '/^(.*)*x$/'),
  hostile('a back reference', '/^(a*)\\1+$/'),
  hostile('a look ahead in a loop', '/^((?=a+)a)*b$/'),
  hostile('a count of a count', '/^((a{1,100}){1,100}){1,100}$/'),
  hostile('a large count', '/a{1000000}/'),
  hostile('stars of a glob', `${'a*'.repeat(30)}b`),
  hostile('alternatives of a glob in each other', `${'{a,aa'.repeat(20)}`),
  hostile('alternatives of a glob, many of them', `${'{a,a}'.repeat(30)}b`),
  hostile('a broken expression', '/(/'),
  hostile('an expression that is none', '/*/'),
  hostile('a broken class', '[z-a]'),
  hostile('a bracket without end', '['),
  hostile('an open brace', '{'),
  hostile('only a slash', '/'),
  hostile('brackets 10,000 deep', `/${'('.repeat(10_000)}${')'.repeat(10_000)}/`),
  hostile('100,000 characters', `/${'a?'.repeat(50_000)}/`),
];

/** Namespaces that make the patterns above look at every way to match. */
export const NAMESPACES: readonly string[] = [`${'a'.repeat(50)}!`, 'argocd'];
