// Decides what may be written as endpoint and as header of a proxy.
import { validateHeaderName, validateHeaderValue } from 'node:http';

/** The endpoint that means the application in this process. */
export const inProcessEndpoint = 'in-process:';

/** Whether HTTP allows such a header. */
export function isHeader(name: string, value: string): boolean {
  try {
    validateHeaderName(name);
    validateHeaderValue(name, value);
    return true;
  } catch {
    // Node says no only by throwing, and its text would repeat the value.
    return false;
  }
}
