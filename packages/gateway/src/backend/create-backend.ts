// Composes the backend: each question goes to the proxy that the configuration names, over HTTP or to the application in this process.
import type { Clock } from '../clock.ts';
import type { GatewayConfig } from '../config.ts';
import { type Application, type Ask, type Backend, type BackendEvent, BackendUnavailable } from './backend.ts';
import { inProcessEndpoint } from '../config/proxy-text.ts';
import { createHttpProxy, type HttpProxy } from './http-backend.ts';
import { findProxy, type Proxy } from './proxies.ts';

/** A backend that holds sockets. */
export interface ComposedBackend extends Backend {
  /** Closes the sockets; calls that run fail. */
  close(): void;
}

interface Ports {
  readonly clock: Clock;
  readonly application: Application;
}

/** Makes the backend of one configuration. Nothing is connected before the first question. */
export function createBackend(config: GatewayConfig, { clock, application }: Ports): ComposedBackend {
  const proxies = new Map<string, HttpProxy>();

  function overHttp(found: Proxy): HttpProxy {
    const known = proxies.get(found.path);
    if (known !== undefined) return known;
    const made = createHttpProxy(found, clock);
    proxies.set(found.path, made);
    return made;
  }

  function asking<Event extends BackendEvent>(event: Event): Ask<Event> {
    return async (name, call) => {
      const found = findProxy(config, event, name);
      if (found === undefined || found.proxy.endpoint === '')
        throw new BackendUnavailable(`${event}: no proxy ${name}`);
      if (found.proxy.endpoint !== inProcessEndpoint) return overHttp(found).ask(event, call);
      const answer: Ask<Event> | undefined = application[event];
      if (answer === undefined)
        throw new BackendUnavailable(`${found.path}: this process has nobody to answer ${event}`);
      try {
        return await answer(name, call);
      } catch (cause) {
        throw new BackendUnavailable(`${found.path}: the application in this process failed`, { cause });
      }
    };
  }

  return {
    connect: asking('connect'),
    refresh: asking('refresh'),
    subscribe: asking('subscribe'),
    publish: asking('publish'),
    subRefresh: asking('subRefresh'),
    rpc: asking('rpc'),
    mapPublish: asking('mapPublish'),
    mapRemove: asking('mapRemove'),
    sharedPollRefresh: asking('sharedPollRefresh'),
    disconnect: asking('disconnect'),
    unsubscribe: asking('unsubscribe'),
    channelState: asking('channelState'),
    close() {
      for (const proxy of proxies.values()) proxy.close();
    },
  };
}
