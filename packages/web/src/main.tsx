// Decides what the app is made of when the page loads: one client, one root.
import './styles.css';
import { CSPProvider } from '@base-ui/react/csp-provider';
import { createParley } from '@parley/client';
import { ParleyProvider } from '@parley/react';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { AppError } from './app-error.tsx';
import { App } from './app.tsx';

const root = document.getElementById('root');
if (root === null) throw new Error('The page has no element with the id "root"');

const parley = createParley({ baseUrl: location.origin });

createRoot(root).render(
  <StrictMode>
    <AppError>
      {/* The policy of the server forbids style elements; nothing that is used here needs them. */}
      <CSPProvider disableStyleElements>
        <ParleyProvider parley={parley}>
          <App />
        </ParleyProvider>
      </CSPProvider>
    </AppError>
  </StrictMode>,
);
