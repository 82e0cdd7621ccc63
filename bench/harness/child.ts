// Decides how a benchmark asks its child processes.
import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** Starts a module of this directory as a process of its own; it ends with the parent. */
export function startChild(module: string, options: { args?: string[]; execArgv?: string[] } = {}): ChildProcess {
  const path = fileURLToPath(new URL(module, import.meta.url));
  const child = fork(path, options.args ?? [], { execArgv: options.execArgv ?? [] });
  process.on('exit', () => child.kill());
  return child;
}

/** Sends something and waits for the answer. One question at a time. */
export function ask<Answer>(child: ChildProcess, question: object | string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const onExit = (code: number | null): void => reject(new Error(`the child ended with ${code}`));
    child.once('exit', onExit);
    child.once('message', (answer) => {
      child.off('exit', onExit);
      resolve(answer as Answer);
    });
    child.send(question);
  });
}
