// Decides how something made in the page becomes a file of the person's.

/** Long enough for the browser to have opened the address, in milliseconds. */
const KEEP_MS = 60_000;

/** Offers `content` as a download with the name `name`. */
export function saveFile(content: Blob, name: string): void {
  const url = URL.createObjectURL(content);
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), KEEP_MS);
}
