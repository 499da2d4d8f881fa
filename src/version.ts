/** As in package.json; written by scripts/generate.ts. */
export const VERSION = '0.1.0';
