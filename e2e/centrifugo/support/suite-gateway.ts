// Decides how the gateway runs for these tests: the real command, with the configuration that stands beside them.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after } from 'node:test';
import { startGateway } from '../../support/gateway.ts';

const configFile = path.join(import.meta.dirname, '../centrifugo_test.json');
const apiKey = 'test-api-key';

/** A gateway of its own for one file of tests. */
export interface SuiteGateway {
  readonly url: string;
  /** Calls a method of the server API; rejects when the answer is an error. */
  api: <Result = unknown>(method: string, params: object) => Promise<Result>;
}

/**
 * Starts the gateway; it ends with the file's tests.
 *
 * @param pollPort where the tests answer the questions of shared polls, for both of their backends
 */
export async function startSuiteGateway(pollPort?: number): Promise<SuiteGateway> {
  const folder = await mkdtemp(path.join(tmpdir(), 'parley-suite-'));
  after(() => rm(folder, { recursive: true, force: true }));
  const config = await readFile(configFile, 'utf8');
  const own = config.replaceAll(/host\.docker\.internal:301\d/g, `127.0.0.1:${pollPort ?? 9}`);
  await writeFile(path.join(folder, 'config.json'), own);
  const { url } = await startGateway({ after }, { folder, args: ['--config', 'config.json'] });
  return {
    url,
    async api<Result>(method: string, params: object) {
      const response = await fetch(`${url}/api/${method}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-api-key': apiKey },
        body: JSON.stringify(params),
      });
      const answer = (await response.json()) as { result?: Result; error?: { code: number; message: string } };
      if (answer.result === undefined) throw new Error(`${method}: ${response.status} ${JSON.stringify(answer.error)}`);
      return answer.result;
    },
  };
}
