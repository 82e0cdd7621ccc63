// Decides how the movement of messages is measured inside the page: in every painted frame, against where they stood at rest.

const painted = () => new Promise((done) => requestAnimationFrame(() => setTimeout(done)));

/** Lower ends of the messages in view, by number. */
function ends(log) {
  const { top, bottom } = log.getBoundingClientRect();
  const boxes = Array.from(log.querySelectorAll('[data-seq]'), (row) => [row.dataset.seq, row.getBoundingClientRect()]);
  return new Map(
    boxes.filter(([, box]) => box.bottom > top && box.top < bottom).map(([seq, box]) => [seq, box.bottom]),
  );
}

const isSame = (a, b) => a.size === b.size && [...a].every(([seq, end]) => b.get(seq) === end);

/** Scrolls and waits until ten painted frames in a row showed the same; then watches for a second and a half. */
globalThis.watchDrift = async (scrollBy) => {
  const log = document.querySelector('[role="log"]');
  log.scrollTop += scrollBy;
  let before = new Map();
  for (let same = 0; same < 10;) {
    await painted();
    const now = ends(log);
    same = now.size > 0 && isSame(before, now) ? same + 1 : 0;
    before = now;
  }
  const height = log.scrollHeight;
  globalThis.drift = (async () => {
    let drift = 0;
    for (let frame = 0; frame < 90; frame += 1) {
      await painted();
      const now = ends(log);
      for (const [seq, end] of before) drift = Math.max(drift, now.has(seq) ? Math.abs(now.get(seq) - end) : Infinity);
    }
    return { drift, grewBy: log.scrollHeight - height, watched: before.size };
  })();
};
