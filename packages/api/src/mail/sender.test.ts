import assert from 'node:assert/strict';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { test, type TestContext } from 'node:test';
import type { Database } from '../db/database.ts';
import { eachDatabase } from '../db/testing/each-database.ts';
import { happens } from '../http/testing/happens.ts';
import { captureLog } from '../http/testing/platform.ts';
import { createMailer } from './mailer.ts';
import { watchHeld } from './held.ts';
import type { Mail } from './ports.ts';
import { startSender } from './sender.ts';
import { startSmtpSink } from './testing/smtp-sink.ts';
import { createSmtpTransport, type SmtpSettings } from './transport.ts';
import { listWaiting } from './waiting.ts';

const HOUR_MS = 3_600_000;
const timeouts = { connect: 300, greeting: 300, silence: 300 };
const reset: Mail = {
  to: 'ada@example.org',
  template: 'password_reset',
  data: { name: 'Ada <b>', url: 'https://parley.example/reset#secret-1', minutes: 30 },
};

async function openPost(database: Database, t: TestContext, isConfigured = true) {
  const sink = await startSmtpSink();
  t.after(() => sink.close());
  const captured = captureLog();
  const time = { now: Date.UTC(2026, 0, 1) };
  const clock = { now: () => time.now };
  const settings: SmtpSettings = {
    host: '127.0.0.1',
    port: sink.port,
    isImplicitTls: false,
    isPlainAllowed: true,
    user: 'chat',
    password: 'smtp-pass-word',
    from: 'Chat <chat@parley.example>',
  };
  const transport = createSmtpTransport(settings, timeouts);
  const mailer = createMailer({ clock, isConfigured, log: captured.log });
  const start = () =>
    startSender({ database, clock, log: captured.log, transport, site: 'parley.example:8443', random: () => 1 });
  const sender = start();
  t.after(() => sender.stop());
  const queue = (mail: Mail = reset): Promise<void> => database.transact((query) => mailer.queue(query, mail));
  const rows = () => database.read.selectFrom('mails').selectAll().orderBy('position').execute();
  /** Sends until nothing is due; the sender's own loop may have taken a mail meanwhile. */
  const settle = async (attempts: number) => {
    for (;;) {
      await nextTurn();
      await sender.sendDue();
      const [row] = await rows();
      if (row === undefined || row.status !== 'waiting' || (row.attempts >= attempts && row.last_error !== null))
        return row;
    }
  };
  const tick = (ms: number): void => {
    time.now += ms;
  };
  return { ...captured, clock, queue, rows, sender, settings, settle, sink, start, tick };
}

eachDatabase(
  'startSender() sends a queued mail once, as text and HTML, and erases what it said',
  async (database, t) => {
    const post = await openPost(database, t);
    await post.queue();
    const row = await post.settle(1);
    assert.deepEqual([row?.status, row?.data, row?.attempts], ['sent', '{}', 1]);
    assert.equal(post.sink.mails.length, 1);
    const mail = (post.sink.mails[0] ?? '').replaceAll('=\n', '').replaceAll('=3D', '=');
    assert.match(mail, /^From: Chat <chat@parley.example>$/m);
    assert.match(mail, /^To: <?ada@example.org>?$/m);
    assert.match(mail, /^Subject: Set a new password for parley.example:8443$/m);
    assert.ok(mail.includes(`Message-ID: <${row?.id}@parley.example>`), mail);
    assert.ok(mail.includes('Set a new password:\nhttps://parley.example/reset#secret-1'));
    assert.ok(mail.includes('for 30 minutes'));
    assert.ok(mail.includes('<a href="https://parley.example/reset#secret-1">'));
    assert.ok(mail.includes('Ada &lt;b&gt;'));
    assert.equal(/<img|src=/.test(mail), false);
    assert.equal(post.text().includes('secret-1'), false);
    assert.equal(post.text().includes('smtp-pass-word'), false);
    assert.equal(post.text().includes('ada@example.org'), false);
  },
);

eachDatabase('startSender() tries again after what may pass, under the same message id', async (database, t) => {
  for (const mood of ['refuses_for_now', 'closes', 'hangs', 'refuses_sign_in'] as const) {
    const post = await openPost(database, t);
    post.sink.mood = mood;
    await post.queue({ ...reset, to: `${mood}@example.org` });
    const row = await post.settle(1);
    assert.equal(row?.status, 'waiting', mood);
    assert.equal(row.next_attempt_at, post.clock.now() + 10_000, mood);
    const shown = await listWaiting(database.read, { limit: 10 }, 'parley.example');
    assert.ok(shown.data[0]?.text.includes('#secret-1'), mood);
    assert.equal(shown.data[0]?.lastError, row.last_error);
    post.sink.mood = 'takes';
    await post.sender.sendDue();
    assert.equal(post.sink.mails.length, 0, mood);
    post.tick(10_000);
    const sent = await post.settle(2);
    assert.equal(sent?.status, 'sent', mood);
    assert.ok(post.sink.mails[0]?.includes(`<${row.id}@parley.example>`), mood);
    assert.equal((await listWaiting(database.read, { limit: 10 }, 'x')).data.length, 0);
    await post.sender.stop();
    await database.transact((query) => query.deleteFrom('mails').execute());
  }
});

eachDatabase(
  'startSender() gives up what is refused for good at once, and the rest after a day',
  async (database, t) => {
    const post = await openPost(database, t);
    post.sink.mood = 'refuses_for_good';
    await post.queue();
    const refused = await post.settle(1);
    assert.deepEqual([refused?.status, refused?.attempts, refused?.last_error], ['failed', 1, 'EENVELOPE 550 nobody']);
    await database.transact((query) => query.deleteFrom('mails').execute());
    post.sink.mood = 'refuses_for_now';
    await post.queue();
    const first = post.clock.now();
    let row = await post.settle(1);
    for (let tries = 1; row?.status === 'waiting'; tries++) {
      post.tick(Math.max(0, row.next_attempt_at - post.clock.now()));
      row = await post.settle(tries + 1);
      assert.ok(tries < 100);
    }
    assert.equal(row?.status, 'failed');
    assert.ok(post.clock.now() - first <= 24 * HOUR_MS && post.clock.now() - first > 22 * HOUR_MS);
    // An administrator can still read it, for a week.
    assert.equal((await listWaiting(database.read, { limit: 10 }, 'x')).data[0]?.status, 'failed');
  },
);

eachDatabase('startSender() sends again what a killed process had taken, after its lease', async (database, t) => {
  const post = await openPost(database, t);
  await post.sender.stop();
  await post.queue();
  // What a process leaves that was killed after it had taken the mail.
  await database.transact((query) =>
    query
      .updateTable('mails')
      .set({ attempts: 1, next_attempt_at: post.clock.now() + 120_000 })
      .execute(),
  );
  const next = post.start();
  await next.sendDue();
  assert.equal(post.sink.mails.length, 0);
  post.tick(120_000);
  await next.sendDue();
  await next.stop();
  assert.deepEqual([post.sink.mails.length, (await post.rows())[0]?.status], [1, 'sent']);
});

eachDatabase('several senders on one database send each mail once', async (database, t) => {
  const post = await openPost(database, t);
  for (let number = 0; number < 12; number++) await post.queue({ ...reset, to: `p${number}@example.org` });
  const others = [post.start(), post.start(), post.start()];
  await Promise.all([post.sender, ...others].map((sender) => sender.sendDue()));
  await Promise.all([post.sender, ...others].map((sender) => sender.stop()));
  const recipients = post.sink.mails.map((mail) => /^To: (.*)$/m.exec(mail)?.[1]);
  assert.equal(new Set(recipients).size, 12);
  assert.equal(recipients.length, 12);
});

eachDatabase(
  'createMailer() holds mails without a server, and queues 20 to one address in an hour',
  async (database, t) => {
    const post = await openPost(database, t, false);
    await post.sender.stop();
    const held: string[] = [];
    const watch = watchHeld({ ...post, database, site: 'parley.example', onHeld: (mail) => void held.push(mail.text) });
    t.after(() => watch.stop());
    for (let count = 0; count < 25; count++) await post.queue();
    const rows = await post.rows();
    assert.deepEqual([rows.length, new Set(rows.map((row) => row.status)).size, rows[0]?.status], [20, 1, 'held']);
    const shown = await listWaiting(database.read, { limit: 15 }, 'parley.example');
    assert.deepEqual([shown.data.length, shown.page.hasMore], [15, true]);
    const rest = await listWaiting(database.read, { limit: 15, after: shown.page.next ?? '' }, 'parley.example');
    assert.deepEqual([rest.data.length, rest.page.hasMore], [5, false]);
    assert.equal(post.text().includes('secret-1'), false);
    // Once there is a server, they go.
    const sender = post.start();
    const haveGone = await happens(10_000, async () => (await post.rows()).every((row) => row.status === 'sent'));
    await sender.stop();
    assert.ok(haveGone);
    assert.equal(post.sink.mails.length, 20);
  },
);

test('createSmtpTransport() refuses a server without encryption that is not this machine', async (t) => {
  const sink = await startSmtpSink();
  t.after(() => sink.close());
  const settings = { host: '127.0.0.1', port: sink.port, isImplicitTls: false, from: 'a@example.org' };
  const strict = createSmtpTransport({ ...settings, isPlainAllowed: false, user: 'chat', password: 'p' }, timeouts);
  const checked = await strict.check();
  assert.equal(checked.ok, false);
  assert.equal(
    sink.seen.some((line) => line.startsWith('AUTH')),
    false,
  );
  assert.deepEqual(await createSmtpTransport({ ...settings, isPlainAllowed: true }, timeouts).check(), { ok: true });
});
