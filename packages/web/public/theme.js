// Decides the colours before the first paint: the person's stored choice, else the system's.
(() => {
  try {
    const choice = localStorage.getItem('parley.theme');
    if (choice === 'light' || choice === 'dark') document.documentElement.dataset.theme = choice;
  } catch {
    // Storage is blocked for this site: the system's preference stays in force.
  }
})();
