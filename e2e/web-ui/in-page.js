// Decides how the movement of messages is measured inside the page: in every painted frame, against where they were.

globalThis.prependDrift = async (scrollBy) => {
  const log = document.querySelector('[role="log"]');
  const painted = () => new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
  const ends = () => {
    const { top, bottom } = log.getBoundingClientRect();
    const boxes = Array.from(log.querySelectorAll('[data-seq]'), (row) => [
      row.dataset.seq,
      row.getBoundingClientRect(),
    ]);
    return new Map(
      boxes.filter(([, box]) => box.bottom > top && box.top < bottom).map(([seq, box]) => [seq, box.bottom]),
    );
  };
  const height = log.scrollHeight;
  log.scrollTop += scrollBy;
  await painted();
  await painted();
  const before = ends();
  let drift = 0;
  for (let frame = 0; frame < 90; frame += 1) {
    await painted();
    const now = ends();
    for (const [seq, end] of before) drift = Math.max(drift, now.has(seq) ? Math.abs(now.get(seq) - end) : Infinity);
  }
  return { drift, grewBy: log.scrollHeight - height, watched: before.size };
};
