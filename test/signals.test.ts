import { EventEmitter } from 'node:events';
import { expect, test } from '@jest/globals';
import { DrError } from '../src/errors.js';
import { cancelOnSignals } from '../src/signals.js';

function source() {
  const exits: number[] = [];
  return Object.assign(new EventEmitter(), { exits, exit: (code: number) => exits.push(code) });
}

test.each(['SIGINT', 'SIGTERM', 'SIGHUP'])(
  '%s aborts with exit code 130, a second signal ends at once',
  (name) => {
    const process = source();
    const signal = cancelOnSignals(process);
    process.emit(name);
    expect(signal.reason).toBeInstanceOf(DrError);
    expect(signal.reason).toMatchObject({ exitCode: 130, message: `cancelled by ${name}` });
    expect(process.exits).toEqual([]);
    process.emit('SIGTERM');
    expect(process.exits).toEqual([130]);
  },
);

test.each(['uncaughtException', 'unhandledRejection'])('%s aborts with the error', (event) => {
  const process = source();
  const signal = cancelOnSignals(process);
  const error = new Error('boom');
  process.emit(event, error);
  expect(signal.reason).toBe(error);
  expect(process.exits).toEqual([]);
});
