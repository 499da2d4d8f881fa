import { cancelled, EXIT } from './errors.js';

/** The part of `process` that is used. */
export interface SignalSource {
  on(event: string, listener: (value: unknown) => void): unknown;
  exit(code: number): unknown;
}

/**
 * A signal that aborts on SIGINT, SIGTERM and SIGHUP (the terminal was closed), and on an error that nobody caught: its reason is the error to end
 * with. A second one ends the process at once.
 */
export function cancelOnSignals(source: SignalSource = process as SignalSource): AbortSignal {
  const controller = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    source.on(name, () => {
      if (controller.signal.aborted) source.exit(EXIT.cancelled);
      controller.abort(cancelled(`cancelled by ${name}`));
    });
  }
  for (const event of ['uncaughtException', 'unhandledRejection']) {
    source.on(event, (error) => controller.abort(error));
  }
  return controller.signal;
}
