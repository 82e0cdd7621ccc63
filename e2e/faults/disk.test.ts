// Proves that a disk that is full under load refuses what it cannot keep, keeps what it acknowledged, and heals.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import type { Message } from '@parley/contract';
import { startServer as startOn } from '../support/command.ts';
import { createRoom, setUp, subscribe, type Account } from '../support/account.ts';
import { until } from '../support/server.ts';

/** Mounts a small file system of its own; undefined where that is not allowed. */
async function smallDisk(t: TestContext): Promise<string | undefined> {
  const folder = await mkdtemp(path.join(tmpdir(), 'parley-disk-'));
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=6m', 'tmpfs', folder]);
  t.after(async () => {
    if (mounted.status === 0) spawnSync('umount', ['-l', folder]);
    await rm(folder, { recursive: true, force: true });
  });
  return mounted.status === 0 ? folder : undefined;
}

interface Told {
  acknowledged: string[];
  refusals: Set<string>;
}

/** Sends message after message on several connections until `isOver` says so. */
async function keepSending(
  about: { sender: Account; roomId: string; prefix: string },
  isOver: (told: Told) => boolean,
): Promise<Told> {
  const told: Told = { acknowledged: [], refusals: new Set() };
  const { sender, roomId, prefix } = about;
  const count = { sent: 0 };
  const one = async (): Promise<void> => {
    while (!isOver(told) && count.sent < 5_000) {
      count.sent += 1;
      const clientMessageId = `${prefix}-${String(count.sent).padStart(6, '0')}`;
      const body = { clientMessageId, text: 'x'.repeat(4_000) };
      try {
        await sender.call('POST', `/v1/rooms/${roomId}/messages`, body);
        told.acknowledged.push(clientMessageId);
      } catch (error) {
        told.refusals.add(
          /: (\d+ .*"code":"[\w.]+")/.exec(String(error))?.[1]?.replace(/ .*"code":/, ' ') ?? String(error),
        );
      }
    }
  };
  await Promise.all([one(), one(), one(), one()]);
  return told;
}

async function readAll(reader: Account, roomId: string): Promise<Message[]> {
  const found: Message[] = [];
  for (let since = 0; ;) {
    const path = `/v1/rooms/${roomId}/changes?since=${since}&limit=200`;
    const { messages, hasMore } = await reader.call<{ messages: Message[]; hasMore: boolean }>('GET', path);
    found.push(...messages);
    if (!hasMore) return found;
    since = messages.at(-1)?.revision ?? 0;
  }
}

test(
  'a full disk refuses with 507, keeps what was acknowledged, tells it once, and heals',
  { timeout: 120_000 },
  async (t) => {
    const folder = await smallDisk(t);
    if (folder === undefined) {
      t.skip('this account may not mount a small disk');
      return;
    }
    // Leaves room for the keys and the empty database, and little else.
    const ballast = path.join(folder, 'ballast');
    await writeFile(ballast, Buffer.alloc(3 * 1024 * 1024));
    const dataFolder = path.join(folder, 'data');
    const environment = { PARLEY_RATE_LIMIT_FACTOR: '1000' };
    const server = await startOn(t, { dataFolder, environment });
    const ana = await setUp(server.publicUrl, server.setupLink ?? '');
    const room = await createRoom(ana, 'General');
    const heard: string[] = [];
    await subscribe(server.publicUrl, ana, room.channel, (data) => {
      const event = data as { type: string; data: { message: Message } };
      if (event.type === 'message.created') heard.push(event.data.message.clientMessageId);
    });

    const first = await keepSending(
      { sender: ana, roomId: room.id, prefix: 'filling' },
      ({ refusals }) => refusals.size > 0,
    );
    assert.deepEqual([...first.refusals], ['507 "storage.full"']);
    assert.ok(
      first.acknowledged.length > 10,
      `${first.acknowledged.length} were acknowledged before the disk was full`,
    );
    assert.equal((await readAll(ana, room.id)).length, first.acknowledged.length);

    await rm(ballast);
    await until('writing to work again', () =>
      ana.call('POST', `/v1/rooms/${room.id}/messages`, { clientMessageId: 'healed-000000', text: 'x' }).then(
        () => true,
        () => false,
      ),
    );
    const second = await keepSending(
      { sender: ana, roomId: room.id, prefix: 'healed2' },
      ({ acknowledged }) => acknowledged.length >= 20,
    );
    assert.deepEqual([...second.refusals], []);
    const expected = [...first.acknowledged, 'healed-000000', ...second.acknowledged].toSorted();
    await until('everything to be heard', () => heard.length >= expected.length);
    assert.deepEqual(heard.toSorted(), expected);

    await server.end('SIGKILL');
    const again = await startOn(t, { dataFolder, port: server.port, environment });
    assert.equal(again.setupLink, undefined);
    const stored = await readAll(ana, room.id);
    assert.deepEqual(stored.map(({ clientMessageId }) => clientMessageId).toSorted(), expected);
    assert.deepEqual(
      stored.map(({ seq }) => seq),
      stored.map((_, index) => index + 1),
    );
  },
);
