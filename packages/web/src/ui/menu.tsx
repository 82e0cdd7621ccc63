// Decides how menus of actions look; arrows, letters, Esc and the return of focus come with them.
import { Menu as Base } from '@base-ui/react/menu';
import type { ReactElement, ReactNode, RefObject } from 'react';

/** A menu that opens from `trigger`, a button element. `finalFocus` gets the focus afterwards, else the trigger. */
export function Menu({
  trigger,
  side = 'bottom',
  align = 'end',
  open,
  onOpenChange,
  finalFocus,
  children,
}: {
  trigger: ReactElement;
  side?: 'top' | 'bottom' | 'right';
  align?: 'start' | 'end';
  open?: boolean;
  onOpenChange?: (open: boolean) => void;
  finalFocus?: RefObject<HTMLElement | null>;
  children: ReactNode;
}) {
  return (
    <Base.Root
      modal={false}
      {...(open === undefined ? {} : { open })}
      {...(onOpenChange === undefined ? {} : { onOpenChange: (next: boolean) => onOpenChange(next) })}
    >
      <Base.Trigger render={trigger} />
      <Base.Portal>
        <Base.Positioner side={side} align={align} sideOffset={6} className="z-50">
          <Base.Popup
            className="floating min-w-44 p-1.5 outline-none"
            {...(finalFocus === undefined ? {} : { finalFocus })}
          >
            {children}
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  );
}

const ITEM =
  'flex min-h-8 items-center gap-2.5 rounded-md px-2.5 py-1.5 text-sm font-medium select-none data-highlighted:bg-tint data-highlighted:outline-none hc:data-highlighted:outline';

/** One action of a menu. */
export function MenuItem({
  onSelect,
  danger = false,
  children,
}: {
  onSelect: () => void;
  danger?: boolean;
  children: ReactNode;
}) {
  return (
    <Base.Item className={`${ITEM} ${danger ? 'text-danger' : ''}`} onClick={onSelect}>
      {children}
    </Base.Item>
  );
}

/** A labelled set of which one is chosen. */
export function MenuChoice<T extends string>({
  label,
  value,
  options,
  onChange,
}: {
  label: string;
  value: T;
  options: readonly { value: T; text: string }[];
  onChange: (value: T) => void;
}) {
  return (
    <Base.Group>
      <Base.GroupLabel className="px-2.5 pt-1.5 pb-1 text-xs font-semibold text-soft">{label}</Base.GroupLabel>
      <Base.RadioGroup value={value} onValueChange={onChange}>
        {options.map((option) => (
          <Base.RadioItem key={option.value} value={option.value} className={ITEM}>
            <span className="flex size-4 items-center justify-center rounded-full border border-edge">
              <Base.RadioItemIndicator className="size-2 rounded-full bg-accent hc:bg-[Highlight]" />
            </span>
            {option.text}
          </Base.RadioItem>
        ))}
      </Base.RadioGroup>
    </Base.Group>
  );
}

/** A line between two parts of a menu. */
export function MenuSeparator() {
  return <Base.Separator className="mx-1 my-1.5 h-px bg-line" />;
}
