// Decides what names in lists and messages for clients must look like.

/** Takes one problem, without the path of the group it was found in. */
export type Report = (problem: string) => void;

/** Names of a list must be there and differ. */
export function checkNames(path: string, items: readonly { readonly name: string }[], problems: string[]): void {
  const names = items.map(({ name }) => name);
  names.forEach((name, index) => {
    if (name === '') problems.push(`${path}[${index}].name is missing`);
    else if (names.indexOf(name) !== index) problems.push(`${path}[${index}].name: ${name} is already taken`);
  });
}

/** A message that fits a close frame: ASCII, at most 123 characters. */
export function checkMessage(name: string, message: string, report: Report): void {
  if (message.length > 123 || !/^[\u0020-\u007e]*$/.test(message)) {
    report(`${name} must be ASCII of at most 123 characters`);
  }
}
