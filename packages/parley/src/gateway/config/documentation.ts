// Decides what the documentation of the options looks like: one table a section, what is the same is said once.
import { gatewayOptions, isField, isList, type Spec } from '@parley/gateway';

/** Where each entry of the tables was described first. */
type Described = Map<Spec[string], string>;

/** The documentation of all options in Markdown, or of one section. Undefined: there is no such section. */
export function documentation(section?: string): string | undefined {
  const described: Described = new Map();
  const sections = Object.entries<Spec[string]>(gatewayOptions).map(([name, entry]) => ({
    name,
    rows: rowsOf(name, entry, described),
  }));
  const chosen = sections.filter(({ name }) => section === undefined || name === section);
  if (chosen.length === 0) return undefined;
  return chosen
    .map(({ name, rows }) =>
      [`## \`${name}\``, '', '| option | type | default | what it is |', '| --- | --- | --- | --- |', ...rows, ''].join(
        '\n',
      ),
    )
    .join('\n');
}

function rowsOf(path: string, entry: Spec[string], described: Described): string[] {
  const { about } = entry;
  if (isField(entry)) {
    const refusal = entry.refusal === undefined ? '' : ` **Not supported**: ${entry.refusal}.`;
    return [row(path, entry.type, `\`${JSON.stringify(entry.written)}\``, entry.about + refusal)];
  }
  if (!isList(entry)) return groupRows(path, entry, described);
  const words = typeof about === 'string' ? about : '';
  return [row(path, 'list', '`[]`', words), ...groupRows(`${path}[]`, entry.item, described)];
}

/** Below this many, options that were described elsewhere are described again: that reads easier than a reference. */
const fewestForReference = 5;

function groupRows(path: string, group: Spec, described: Described): string[] {
  const whole = described.get(group);
  if (whole !== undefined) return [reference(path, whole)];
  described.set(group, path);
  const entries = Object.entries(group);
  const parents = entries.map(([, entry]) => described.get(entry)?.replace(/\.\w+$/, ''));
  const parent = parents.find(
    (candidate) => parents.filter((other) => other === candidate).length >= fewestForReference,
  );
  const rows = entries.flatMap(([name, entry], index) => {
    if (parent !== undefined && parents[index] === parent) return [];
    if (isField(entry)) described.set(entry, `${path}.${name}`);
    return rowsOf(`${path}.${name}`, entry, described);
  });
  return parent === undefined ? rows : [...rows, reference(path, parent)];
}

function reference(path: string, as: string): string {
  return row(`${path}.*`, '', '', `The options of \`${as}\`.`);
}

function row(path: string, ...cells: string[]): string {
  return `| \`${path}\` | ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}
