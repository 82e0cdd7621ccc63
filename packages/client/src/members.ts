// Decides who is shown as a member of a room.
import type { Member, RoomEvent } from '@parley/contract';
import type { Endpoints } from './endpoints.ts';
import type { Outcome, ParleyProblem } from './problem.ts';
import { createStore } from './store.ts';
import type { Store, WritableStore } from './store.ts';

/** A room's members, sorted by name. `isComplete` is false when there are more than {@link MAX_MEMBERS}. */
export type Members =
  | { name: 'unknown' }
  | { name: 'known'; members: readonly Member[]; isComplete: boolean }
  | { name: 'failed'; problem: ParleyProblem };

/** Greatest number of members that are listed. */
export const MAX_MEMBERS = 1_000;
const PAGE = 200;

const byName = (a: Member, b: Member): number => a.name.localeCompare(b.name) || (a.id < b.id ? -1 : 1);

/** The list of members of one room: fetched on demand, then kept in step by events. */
export class MemberList {
  readonly members: Store<Members>;
  readonly #members: WritableStore<Members> = createStore<Members>({ name: 'unknown' });
  readonly #endpoints: Pick<Endpoints, 'members'>;
  readonly #roomId: string;
  #loading: Promise<Outcome<undefined>> | null = null;

  constructor(endpoints: Pick<Endpoints, 'members'>, roomId: string) {
    this.members = this.#members;
    this.#endpoints = endpoints;
    this.#roomId = roomId;
  }

  /** Fetches the list; calls at the same time share one fetch. */
  load(): Promise<Outcome<undefined>> {
    this.#loading ??= this.#load().finally(() => {
      this.#loading = null;
    });
    return this.#loading;
  }

  /** Works in an event of the room. */
  receive(event: RoomEvent): void {
    const present = this.#members.getSnapshot();
    if (present.name !== 'known') return;
    if (event.type === 'member.joined') {
      const { member } = event.data;
      const others = present.members.filter((other) => other.id !== member.id);
      this.#members.set({ ...present, members: [...others, member].toSorted(byName).slice(0, MAX_MEMBERS) });
    }
    if (event.type === 'member.left') {
      const { userId } = event.data;
      this.#members.set({ ...present, members: present.members.filter((other) => other.id !== userId) });
    }
  }

  async #load(): Promise<Outcome<undefined>> {
    const members: Member[] = [];
    let after: string | undefined;
    do {
      const page = await this.#endpoints.members(this.#roomId, { limit: PAGE, after });
      if (!page.ok) {
        // A list that is known stays on show when it cannot be renewed.
        if (this.#members.getSnapshot().name !== 'known') this.#members.set({ name: 'failed', problem: page.problem });
        return page;
      }
      members.push(...page.value.data);
      after = page.value.page.hasMore ? (page.value.page.next ?? undefined) : undefined;
    } while (after !== undefined && members.length < MAX_MEMBERS);
    this.#members.set({ name: 'known', members: members.toSorted(byName), isComplete: after === undefined });
    return { ok: true, value: undefined };
  }
}
