// Decides how a success is told: words that stay, announced politely.
import { CircleCheck } from 'lucide-react';

/** Good news; the region is there from the beginning, so that readers hear what comes into it. */
export function Notice({ text, className = '' }: { text: string | undefined; className?: string }) {
  return (
    <div role="status" className={text === undefined ? 'sr-only' : className}>
      {text !== undefined && (
        <p className="flex gap-3 rounded-lg border border-line bg-tint px-3 py-2.5 text-sm">
          <CircleCheck aria-hidden size={18} className="mt-0.5 shrink-0 text-good" />
          <span className="min-w-0 wrap-anywhere">{text}</span>
        </p>
      )}
    </div>
  );
}
