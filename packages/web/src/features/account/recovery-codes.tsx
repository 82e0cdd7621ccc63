// Decides how recovery codes are handed over: once, with the ways to keep them.
import { Download } from 'lucide-react';
import { accountTexts } from '../../texts/en-account.ts';
import { Button } from '../../ui/button.tsx';
import { CopyButton } from '../../ui/copy-button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { saveFile } from '../../ui/save-file.ts';

const t = accountTexts.recovery;

/** The codes in a dialog; closing it forgets them. */
export function RecoveryCodesDialog({ codes, onClose }: { codes: readonly string[]; onClose: () => void }) {
  const text = codes.join('\n');
  const download = (): void => {
    saveFile(new Blob([`${t.fileHead}\n\n${text}\n`], { type: 'text/plain' }), t.file);
  };
  return (
    <Dialog open onClose={onClose} title={t.title} lead={t.lead}>
      <ul
        aria-label={t.list}
        className="grid grid-cols-1 gap-x-4 gap-y-1 rounded-lg border border-line bg-panel px-4 py-3 font-mono text-sm sm:grid-cols-2"
      >
        {codes.map((code) => (
          <li key={code} className="wrap-anywhere select-all">
            {code}
          </li>
        ))}
      </ul>
      <div className="mt-4 flex flex-wrap justify-end gap-3">
        <CopyButton text={text} label={t.copy} />
        <Button onClick={download}>
          <Download aria-hidden size={16} />
          {t.download}
        </Button>
        <Button weight="primary" onClick={onClose}>
          {t.done}
        </Button>
      </div>
    </Dialog>
  );
}
