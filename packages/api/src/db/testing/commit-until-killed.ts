// Commits numbered announcements without end and prints each number once it has been acknowledged.
import { pino } from 'pino';
import { openSqlite } from '../open-sqlite.ts';
import { sampleAnnouncement } from './sample-rows.ts';

const [file = '', first = '0', writers = '1'] = process.argv.slice(2);

const database = await openSqlite({ file, log: pino({ level: 'silent' }) });
await database.migrate();
let next = Number(first);

const write = async (): Promise<never> => {
  for (;;) {
    const id = String(next);
    next += 1;
    await database.transact((query) => query.insertInto('outbox').values(sampleAnnouncement(id)).execute());
    process.stdout.write(`${id}\n`);
  }
};
await Promise.all(Array.from({ length: Number(writers) }, write));
