import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { infraError } from '../errors.js';
import type { Scope } from '../scope.js';

/** A connection that reached a sentinel. */
export interface Contact {
  /** The peer's address: a node's, where the CNI masquerades its pods. */
  peer: string;
  /** What it said first, up to a line's end; printable characters only. */
  firstLine: string;
}

/** Stands for everything real outside the cluster: it answers nothing and remembers who came. */
export interface Sentinel {
  address: string;
  port: number;
  /** Who came, in order. */
  readonly contacts: readonly Contact[];
  /** Waits a moment for a connection with this first line. */
  met(firstLine: string): Promise<boolean>;
  close(): Promise<void>;
}

const LINE_LIMIT = 1024;
const SILENT_MS = 2000;
const MEET_MS = 3000;
const MEET_PAUSE_MS = 20;

/**
 * Opens a sentinel on a free TCP port; closed with the scope.
 * @throws DrError (infrastructure) where this machine cannot listen on the address
 */
export async function openSentinel(address: string, scope: Scope): Promise<Sentinel> {
  const contacts: Contact[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    contacts.push(follow(socket));
  });
  const closeNow = () => {
    server.close();
    for (const socket of sockets) socket.destroy();
  };
  const close = async () => {
    const closed = server.listening ? once(server, 'close') : undefined;
    closeNow();
    await closed;
  };
  await listen(server, address);
  scope.defer(close, closeNow);
  const { port } = server.address() as { port: number };
  return { address, port, contacts, met: (line) => met(contacts, line), close };
}

async function listen(server: Server, address: string): Promise<void> {
  try {
    server.listen({ host: address, port: 0 });
    await once(server, 'listening');
  } catch (error) {
    throw infraError(
      `the quarantine's sentinel cannot listen on ${address}, this machine's address in the network of the nodes: run the drill on the machine whose Docker daemon runs the nodes`,
      error,
    );
  }
}

/** Takes a connection's first line, and ends the connection. */
function follow(socket: Socket): Contact {
  const contact = { peer: socket.remoteAddress ?? 'unknown', firstLine: '' };
  let said = '';
  socket.setTimeout(SILENT_MS, () => socket.destroy());
  // Who breaks off has been here all the same.
  socket.on('error', () => {});
  socket.on('data', (chunk: Buffer) => {
    said += chunk.toString('latin1');
    contact.firstLine = said.split('\n', 1)[0]!.replace(/[^ -~]/g, '');
    if (said.includes('\n') || said.length > LINE_LIMIT) socket.destroy();
  });
  return contact;
}

async function met(contacts: readonly Contact[], firstLine: string): Promise<boolean> {
  for (let waited = 0; ; waited += MEET_PAUSE_MS) {
    if (contacts.some((contact) => contact.firstLine === firstLine)) return true;
    if (waited >= MEET_MS) return false;
    await sleep(MEET_PAUSE_MS);
  }
}

/**
 * A contact as messages name it. Of what was said only the method and path of an HTTP request are told: the rest may
 * hold a secret.
 */
export function describeContact({ peer, firstLine }: Contact): string {
  const request = /^([A-Z]+ \/[^\s?]*)(?:\?\S*)? HTTP\//.exec(firstLine)?.[1];
  return request ? `${peer} (${request})` : peer;
}
