import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type MapAction, MapWorld } from './testing/map-world.ts';

// What the server is asked for, in the order and at the times that fast-check invents; then the client must know what the server knows.

const key = fc.constantFrom('a', 'b', 'c', 'd', 'e');
const action: fc.Arbitrary<MapAction> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ name: fc.constant('set' as const), key, value: fc.nat({ max: 99 }) }) },
  { weight: 3, arbitrary: fc.record({ name: fc.constant('remove' as const), key }) },
  { weight: 2, arbitrary: fc.record({ name: fc.constant('tick' as const), ms: fc.nat({ max: 4_000 }) }) },
  { weight: 8, arbitrary: fc.record({ name: fc.constant('release' as const), index: fc.nat({ max: 3 }) }) },
  { weight: 8, arbitrary: fc.constant({ name: 'ask' as const }) },
  {
    weight: 1,
    arbitrary: fc.constantFrom<MapAction>({ name: 'clear' }, { name: 'lose connection' }, { name: 'upkeep' }),
  },
);

for (const mode of ['ephemeral', 'recoverable', 'persistent'] as const) {
  for (const usesDelta of [false, true]) {
    test(`a client of a map that is ${mode}${usesDelta ? ', with deltas,' : ''} comes to know what the server knows`, async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(action, { minLength: 5, maxLength: 60 }), async (actions) => {
          const world = new MapWorld(mode, usesDelta);
          try {
            for (const one of actions) await world.act(one);
            await world.settle();
            assert.deepEqual(world.client.known, await world.truth());
            assert.deepEqual(world.client.complaints, []);
            assert.ok(world.client.losses.every((code) => code === 112 || code === 2500));
          } finally {
            world.stop();
          }
        }),
        { numRuns: Number(process.env['MAP_RUNS'] ?? 120) },
      );
    });
  }
}
