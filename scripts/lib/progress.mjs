/** A jest reporter that tells each test as it starts and ends: tests on clusters take minutes. */
export default class Progress {
  onTestCaseStart(_test, { ancestorTitles, title }) {
    say('…', [...ancestorTitles, title]);
  }

  onTestCaseResult(_test, { ancestorTitles, title, status, duration, failureMessages }) {
    say(status === 'passed' ? '✓' : `✗ ${status}:`, [...ancestorTitles, title], duration);
    for (const message of failureMessages) process.stdout.write(`${message}\n`);
  }
}

function say(mark, titles, ms) {
  const time = ms === undefined || ms === null ? '' : ` (${(ms / 1000).toFixed(1)} s)`;
  process.stdout.write(`${mark} ${titles.join(' › ')}${time}\n`);
}
