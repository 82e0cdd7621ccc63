// Decides the mark of the app.

/** The mark; decorative, since the name stands beside it or in the page's title. */
export function Logo({ className = 'size-8' }: { className?: string }) {
  return (
    <svg aria-hidden viewBox="0 0 32 32" className={className}>
      <rect width="32" height="32" rx="9" fill="#0b6b5d" />
      <path d="M9 25V9.5A2.5 2.5 0 0 1 11.5 7H17a6.5 6.5 0 0 1 0 13h-3.6L9 25Z" fill="#fdfcfa" />
      <circle cx="17" cy="13.5" r="2.1" fill="#0b6b5d" />
    </svg>
  );
}
