/** The pattern of every Result. */
export const RESULT_PATTERN = 'result';

/** The pattern of the Event `storage.object_created` is `event.storage.object_created`. */
export const eventPattern = (type: string): string => `event.${type}`;

/** A queue of Commands names this as its `fallback`: whatever no handler takes is answered there. */
export const REJECTED_PATTERN = 'command.rejected';

/** The pattern of a Command on its way. */
export const commandPattern = ({ type, action }: { type: string; action: string }): string =>
  `${type}.${action}`;
