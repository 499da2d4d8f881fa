import { EXIT } from '../errors.js';
import { type Markup, markup } from './markup.js';
import type { Check, Report } from './report.js';
import { checksByLevel, exitMeaning, type LevelChecks } from './view.js';

/**
 * JUnit XML as CI systems read it: a test suite per level, a test case per check.
 * A run that did not succeed though no check says so (it ended early, or missed a target) gets a suite of its own,
 * so that no reader of the file takes the run for a success.
 */
export function renderJUnit(report: Report): string {
  const suites = checksByLevel(report).map((group) => checkSuite(report, group));
  if (report.exitCode !== EXIT.pass && !report.checks.some(isBad)) suites.push(runSuite(report));
  const failures = suites.reduce((sum, suite) => sum + suite.failures, 0);
  const errors = suites.reduce((sum, suite) => sum + suite.errors, 0);
  const tests = suites.reduce((sum, suite) => sum + suite.tests, 0);
  return `${markup`<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="argocd-dr ${report.mode}" tests="${tests}" failures="${failures}" errors="${errors}" time="${seconds(runMs(report))}">
${suites.map((suite) => suite.xml)}</testsuites>
`}`;
}

interface Suite {
  tests: number;
  failures: number;
  errors: number;
  xml: Markup;
}

const BAD: Check['status'][] = ['fail', 'error', 'timed-out'];
const isBad = ({ status }: Check) => BAD.includes(status);
/** Lines of details; report.json has them all. */
const LISTED_DETAILS = 100;

function checkSuite(report: Report, { level, checks }: LevelChecks): Suite {
  const count = (status: Check['status']) => checks.filter((check) => check.status === status).length;
  const [failures, skipped] = [count('fail'), count('skipped')];
  const errors = count('error') + count('timed-out');
  const time = seconds(checks.reduce((sum, check) => sum + check.durationMs, 0));
  const xml = markup`  <testsuite name="${level}" tests="${checks.length}" failures="${failures}" errors="${errors}" skipped="${skipped}" time="${time}" timestamp="${timestamp(report)}">
${checks.map(checkCase)}  </testsuite>
`;
  return { tests: checks.length, failures, errors, xml };
}

function checkCase(check: Check): Markup {
  return markup`    <testcase classname="argocd-dr.${check.level}" name="${check.id}" time="${seconds(check.durationMs)}">
${outcome(check)}      <system-out>${details(check)}</system-out>
    </testcase>
`;
}

function outcome(check: Check): Markup | string {
  const { status, evidence } = check;
  switch (status) {
    case 'pass':
      return '';
    case 'fail':
      return markup`      <failure message="${evidence}" type="fail">${details(check)}</failure>\n`;
    case 'error':
      return markup`      <error message="${evidence}" type="error">${details(check)}</error>\n`;
    case 'timed-out':
      return markup`      <error message="${evidence}" type="TIMED_OUT">${details(check)}</error>\n`;
    case 'skipped':
      return markup`      <skipped message="${evidence}"/>\n`;
  }
}

function details({ evidence, doesNotProve, details = [] }: Check): string {
  const rest = details.length - LISTED_DETAILS;
  return [
    evidence,
    ...(doesNotProve ? [`Does not prove: ${doesNotProve}`] : []),
    ...details.slice(0, LISTED_DETAILS),
    ...(rest > 0 ? [`and ${rest} more lines, in report.json`] : []),
  ].join('\n');
}

function runSuite(report: Report): Suite {
  const errors = report.verdict === 'INFRA_ERROR' ? 1 : 0;
  const time = seconds(runMs(report));
  const type = `exit code ${report.exitCode}: ${exitMeaning(report)}`;
  const element = errors
    ? markup`<error message="${report.message}" type="${type}"/>`
    : markup`<failure message="${report.message}" type="${type}"/>`;
  const xml = markup`  <testsuite name="run" tests="1" failures="${1 - errors}" errors="${errors}" skipped="0" time="${time}" timestamp="${timestamp(report)}">
    <testcase classname="argocd-dr.run" name="${report.mode}" time="${time}">
      ${element}
    </testcase>
  </testsuite>
`;
  return { tests: 1, failures: 1 - errors, errors, xml };
}

function runMs({ startedAt, finishedAt }: Report): number {
  return Math.max(0, Date.parse(finishedAt) - Date.parse(startedAt)) || 0;
}

/** JUnit's schema forbids a time zone; the time is UTC. */
function timestamp({ startedAt }: Report): string {
  return startedAt.slice(0, 19);
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(3);
}
