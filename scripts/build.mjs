// Builds dist/ from src/main.ts: ncc bundles, then esbuild minifies the chunks that ncc leaves as they are.
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { transformSync } from 'esbuild';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const out = process.argv[2] ?? join(root, 'dist');
const ncc = createRequire(import.meta.url).resolve('@vercel/ncc/dist/ncc/cli.js');

rmSync(out, { recursive: true, force: true });
// Not --transpile-only: TypeScript then takes the modules for CommonJS, and the chunks are lost.
const options = ['--minify', '--no-cache', '--license', 'licenses.txt', '--quiet'];
execFileSync(process.execPath, [ncc, 'build', join(root, 'src/main.ts'), '--out', out, ...options], {
  cwd: root,
  stdio: 'inherit',
});

let before = 0;
let after = 0;
for (const name of readdirSync(out).filter((file) => file.endsWith('.js'))) {
  const path = join(out, name);
  const source = readFileSync(path, 'utf8');
  const { code } = transformSync(source, {
    minify: true,
    format: 'esm',
    target: 'node22',
    legalComments: 'none',
  });
  writeFileSync(path, code);
  before += source.length;
  after += code.length;
}
process.stdout.write(
  `${out}: ${(before / 1e6).toFixed(1)} MB of chunks, ${(after / 1e6).toFixed(1)} MB minified\n`,
);
