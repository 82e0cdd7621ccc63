// Decides which page stands at which address, and who may see it.
import { useSession } from '@parley/react';
import { Suspense } from 'react';
import { Link, Redirect, Route, Switch } from 'wouter';
import { AccountPage } from './features/account/lazy-account.ts';
import { AdminPage } from './features/admin/lazy-admin.ts';
import {
  ConfirmPage,
  ForgotPage,
  JoinPage,
  NotMePage,
  RegisterPage,
  ResetPage,
  SetupPage,
  SignInPage,
} from './features/identity/lazy-pages.ts';
import { useForgottenDrafts } from './features/messages/use-forgotten-drafts.ts';
import { AppShell } from './features/shell/app-shell.tsx';
import { texts } from './texts/en.ts';
import { buttonClass } from './ui/button.tsx';
import { Delayed } from './ui/delayed.tsx';
import { Empty } from './ui/empty.tsx';
import { ProblemNotice } from './ui/problem-notice.tsx';

/** The whole app. */
export function App() {
  const { state } = useSession();
  useForgottenDrafts(state);
  if (state.name === 'restoring')
    return (
      <main className="p-6">
        <Delayed>
          <p role="status">{texts.app.loading}</p>
        </Delayed>
        <ProblemNotice problem={state.problem ?? undefined} className="mt-4 max-w-md" />
      </main>
    );
  return (
    <Suspense fallback={null}>
      <Switch>
        <Route path="/setup" component={SetupPage} />
        <Route path="/join" component={JoinPage} />
        <Route path="/sign-in">{state.name === 'signed-in' ? <Redirect to="/" replace /> : <SignInPage />}</Route>
        <Route path="/register">{state.name === 'signed-in' ? <Redirect to="/" replace /> : <RegisterPage />}</Route>
        <Route path="/forgot" component={ForgotPage} />
        <Route path="/reset" component={ResetPage} />
        <Route path="/confirm" component={ConfirmPage} />
        <Route path="/not-me" component={NotMePage} />
        <Route path="/account/:part?">
          {({ part }) => (state.name === 'signed-in' ? <AccountPage user={state.user} part={part} /> : <SignInPage />)}
        </Route>
        <Route path="/admin/:part?">
          {({ part }) => (state.name === 'signed-in' ? <AdminPage user={state.user} part={part} /> : <SignInPage />)}
        </Route>
        <Route path="/">
          {state.name === 'signed-in' ? <AppShell user={state.user} roomId={undefined} /> : <SignInPage />}
        </Route>
        <Route path="/rooms/:id">
          {({ id }) => (state.name === 'signed-in' ? <AppShell user={state.user} roomId={id} /> : <SignInPage />)}
        </Route>
        <Route>
          <NotFound />
        </Route>
      </Switch>
    </Suspense>
  );
}

function NotFound() {
  return (
    <main className="pt-16">
      <Empty isPage title={texts.app.notFound} hint={texts.app.notFoundHint}>
        <Link href="/" className={buttonClass('primary')}>
          {texts.app.toRooms}
        </Link>
      </Empty>
    </main>
  );
}
