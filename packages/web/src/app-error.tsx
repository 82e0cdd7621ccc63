// Decides what is left when a component breaks: words, and a way on.
import { Component } from 'react';
import type { ReactNode } from 'react';
import { texts } from './texts/en.ts';
import { Button } from './ui/button.tsx';
import { Empty } from './ui/empty.tsx';

/** Catches what its children throw while rendering. Unsent messages are in the client's storage, not in here. */
export class AppError extends Component<{ children: ReactNode }, { hasFailed: boolean }> {
  override state = { hasFailed: false };

  static getDerivedStateFromError(): { hasFailed: boolean } {
    return { hasFailed: true };
  }

  override render(): ReactNode {
    if (!this.state.hasFailed) return this.props.children;
    return (
      <main>
        <Empty isPage title={texts.app.crashed} hint={texts.app.crashedHint}>
          <Button weight="primary" onClick={() => location.reload()}>
            {texts.app.reload}
          </Button>
        </Empty>
      </main>
    );
  }
}
