// Runs one attack in a process of its own, with less right to the processor than those whom it attacks: it stands for other machines.
import { setPriority } from 'node:os';
import { attacks } from './attacks.ts';

const [name = '', port] = process.argv.slice(2);
const attack = attacks[name];
if (attack === undefined) throw new Error(`there is no attack "${name}"`);
setPriority(15);
process.stdout.write('begun\n');
await attack(Number(port));
