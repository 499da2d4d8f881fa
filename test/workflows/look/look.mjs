// A step that comes first is the last to be cleaned up after: then it looks at what the others have left.
import { appendFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

const { STATE_isPost, GITHUB_STATE, RUNNER_TEMP } = process.env;
if (STATE_isPost) {
  const entries = readdirSync(RUNNER_TEMP, { recursive: true, withFileTypes: true });
  const left = entries
    .filter((entry) => !entry.isDirectory())
    .map(({ parentPath, name }) => join(parentPath, name));
  console.log(`left in RUNNER_TEMP: ${left.length === 0 ? 'nothing' : left.join(' ')}`);
} else {
  appendFileSync(GITHUB_STATE, 'isPost=true\n');
  console.log(`actions run on Node.js ${process.version}`);
}
