// Decides what a person reads whose registration goes on in a mail.
import { Link } from 'wouter';
import { texts } from '../../texts/en.ts';
import { buttonClass } from '../../ui/button.tsx';
import { AuthLayout } from './auth-layout.tsx';

/** The same for every address: it does not tell whether there was an account already. */
export function CheckMail({ email }: { email: string }) {
  return (
    <AuthLayout title={texts.identity.checkMail} lead={texts.identity.checkMailRegister(email)}>
      <Link href="/sign-in" className={buttonClass('plain')}>
        {texts.identity.toSignIn}
      </Link>
    </AuthLayout>
  );
}
