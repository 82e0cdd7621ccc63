// Decides how instants are written, in the reader's own time zone and language habits.

const clock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });
const full = new Intl.DateTimeFormat(undefined, { dateStyle: 'full', timeStyle: 'short' });
const dayMonth = new Intl.DateTimeFormat(undefined, { weekday: 'long', day: 'numeric', month: 'long' });
const dayMonthYear = new Intl.DateTimeFormat(undefined, { dateStyle: 'full' });
const soon = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' });
const relativeDay = new Intl.RelativeTimeFormat('en', { numeric: 'auto' });

const DAY_MS = 86_400_000;

/** The time of day of an instant, such as `14:05`. */
export const timeOfDay = (time: string): string => clock.format(new Date(time));

/** The time of day without AM and PM, for the narrow place beside a message that follows another. */
export const shortTimeOfDay = (time: string): string =>
  clock
    .formatToParts(new Date(time))
    .filter(({ type }) => type !== 'dayPeriod')
    .map(({ value }) => value)
    .join('')
    .trim();

/** An instant in full, for tooltips. */
export const fullTime = (time: string): string => full.format(new Date(time));

/** An instant with day and time, for the end of an invitation. */
export const dayAndTime = (time: string): string => soon.format(new Date(time));

/** The local day of an instant as `2026-11-22`. */
export function localDay(time: string): string {
  const date = new Date(time);
  const two = (value: number): string => String(value).padStart(2, '0');
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

/** {@link dayHeading} at the present time. */
export const dayHeadingNow = (day: string): string => dayHeading(day, new Date());

/**
 * A day as a heading: Today, Yesterday, the weekday and date of this year, or the whole date.
 *
 * @param day as {@link localDay} gives it
 */
export function dayHeading(day: string, now: Date): string {
  const noon = new Date(`${day}T12:00:00`);
  const todayNoon = new Date(now.getFullYear(), now.getMonth(), now.getDate(), 12);
  const distance = Math.round((noon.getTime() - todayNoon.getTime()) / DAY_MS);
  if (distance === 0 || distance === -1) {
    const word = relativeDay.format(distance, 'day');
    return word.charAt(0).toUpperCase() + word.slice(1);
  }
  return (noon.getFullYear() === now.getFullYear() ? dayMonth : dayMonthYear).format(noon);
}
