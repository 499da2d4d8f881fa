import { CONFIG_MAP, type KubeObject, SECRET } from '../kube/objects.js';
import { CMD_PARAMS } from './namespaces.js';
import type { Reference } from './references.js';
import { envOf, flagValue } from './workloads/flags.js';
import { type Container, podSpecOf } from './workloads/workload.js';

export const NOTIFICATIONS_CONFIG_MAP = 'argocd-notifications-cm';
export const NOTIFICATIONS_SECRET = 'argocd-notifications-secret';

// How argocd-notifications-controller is told (cmd/argocd-notification/commands/controller.go of Argo CD); its manifest
// sets the variable from the ConfigMap's key.
const KEY = 'notificationscontroller.selfservice.enabled';
const FLAG = { name: 'self-service-notification-enabled', boolean: true };
const ENV = 'ARGOCD_NOTIFICATION_CONTROLLER_SELF_SERVICE_NOTIFICATION_ENABLED';

/**
 * The settings of notifications in the namespaces of Applications. With self-service on, the controller reads
 * ConfigMap and Secret of an Application's own namespace beside those of Argo CD's (GetAPIsFromNamespace in
 * pkg/api/factory.go of notifications-engine). A namespace may have neither.
 * @param settings among them argocd-cmd-params-cm, if there is one
 */
export function selfServiceReferences(
  settings: readonly KubeObject[],
  workloads: readonly KubeObject[],
  applicationNamespaces: Iterable<string>,
): Reference[] {
  if (!isSwitchedOn(settings) && !workloads.some(isTold)) return [];
  return [...applicationNamespaces].flatMap((namespace) => [
    { resource: CONFIG_MAP, namespace, name: NOTIFICATIONS_CONFIG_MAP },
    { resource: SECRET, namespace, name: NOTIFICATIONS_SECRET },
  ]);
}

function isSwitchedOn(settings: readonly KubeObject[]): boolean {
  const params = settings.find(
    ({ kind, metadata }) => kind === CONFIG_MAP.kind && metadata.name === CMD_PARAMS,
  );
  return isTrue((params?.data as Record<string, string> | undefined)?.[KEY]);
}

const isTold = (workload: KubeObject) => podSpecOf(workload)?.containers.some(isToldTo) ?? false;

/** A program's option wins over the variable. */
function isToldTo(container: Container): boolean {
  const option = flagValue(container, FLAG);
  // As pflag reads it: strconv.ParseBool.
  if (option !== undefined) return /^(1|t|true)$/i.test(option);
  return isTrue(envOf(container, ENV)?.value);
}

/** As Argo CD reads its variables: ParseBoolFromEnv of util/env. */
const isTrue = (value: string | undefined) => value?.toLowerCase() === 'true';
