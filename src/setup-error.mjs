/** An expected failure of the set-up; the message is one sentence for the user. */
export class SetupError extends Error {}
