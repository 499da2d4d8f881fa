import { exec } from '../../src/exec.js';
import { createTools } from '../../src/tools/chain.js';

/** The process that concurrent.test.ts starts twice: `get-kubectl.ts <release server> <cache folder>`. */
const [, , url, cacheDir] = process.argv as [string, string, string, string];
const print = (line: string) => console.log(line);
const tools = createTools({
  source: 'release',
  exec,
  log: { info: print, warn: print, progress() {} },
  cacheDir,
  releases: { kubernetes: url },
});
print(JSON.stringify(await tools.get('kubectl', '1.34.4')));
