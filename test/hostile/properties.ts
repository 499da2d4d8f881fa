import { ARCHIVES } from './archive-readers.js';
import { LOGS } from './logs.js';
import { PARSERS } from './parsers.js';
import type { Property } from './property.js';
import { REPORTS } from './reports.js';

/** All that holds within a process. */
export const PROPERTIES: readonly Property[] = [...LOGS, ...REPORTS, ...PARSERS, ...ARCHIVES];
