// npm run bench [-- control-plane | kind | cancel]: what backups and drills cost, as ratios against the plain commands in
// the same run on the same machine; without a word all of it.
import { bed } from '../test/bed/bed.js';
import { cancel } from './cancel.js';
import { controlPlane } from './control-plane.js';
import { kind } from './kind.js';
import { type Figure, save } from './lib.js';

const GROUPS: Record<string, () => Promise<Figure[]>> = { 'control-plane': controlPlane, kind, cancel };
const wanted = process.argv.slice(2);
const unknown = wanted.find((name) => !GROUPS[name]);
if (unknown) throw new Error(`there is no bench "${unknown}": give one of ${Object.keys(GROUPS).join(', ')}`);

try {
  for (const [name, run] of Object.entries(GROUPS))
    if (wanted.length === 0 || wanted.includes(name)) save(name, await run());
} finally {
  await bed.close();
}
