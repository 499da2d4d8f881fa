import { createHmac, randomUUID } from 'node:crypto';

export interface TokenOptions {
  /** An account and what the token is for; `admin:login` if absent. */
  subject?: string;
  now?: Date;
  /** One hour if absent. */
  lifetimeSeconds?: number;
}

const HOUR_SECONDS = 3600;
/** The clock of the node that argocd-server runs on may be behind this one. */
const CLOCK_LEEWAY_SECONDS = 60;

/**
 * A session token as argocd-server makes them: a JWT signed HS256 with `server.secretkey` of the Secret
 * argocd-secret (util/session/sessionmanager.go). argocd-server demands an id, and that the token is not older than
 * the account's password.
 * @param secretKey the decoded bytes of `server.secretkey`
 */
export function mintToken(secretKey: Buffer, options: TokenOptions = {}): string {
  const { subject = 'admin:login', now = new Date(), lifetimeSeconds = HOUR_SECONDS } = options;
  const issuedAt = Math.floor(now.getTime() / 1000);
  const claims = {
    iss: 'argocd',
    sub: subject,
    iat: issuedAt,
    nbf: issuedAt - CLOCK_LEEWAY_SECONDS,
    exp: issuedAt + lifetimeSeconds,
    jti: randomUUID(),
  };
  const signed = `${part({ alg: 'HS256', typ: 'JWT' })}.${part(claims)}`;
  return `${signed}.${createHmac('sha256', secretKey).update(signed).digest('base64url')}`;
}

const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
