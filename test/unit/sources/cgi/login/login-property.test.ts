import fc from 'fast-check';
import { expect, it } from 'vitest';
import { carriesPassword } from '../../../../../src/sources/cgi/login/attempt.ts';
import { next } from '../../../../../src/sources/cgi/login/login-reducer.ts';
import {
  initialLogin,
  type LoginAction,
  type LoginEvent,
  type LoginState,
} from '../../../../../src/sources/cgi/login/login-state.ts';
import { answered, failed, media, reply } from './login-rig.ts';

let nonce = 0;
/** Everything that a camera may do with a request; a Digest has a new nonce each time. */
const answers = {
  basic: () => answered(reply(401, '', 'Basic realm="x"')),
  digest: () => answered(reply(401, '', `Digest realm="x", nonce="${nonce++}", qop="auth"`)),
  sameDigest: () => answered(reply(401, '', 'Digest realm="x", nonce="same"')),
  foreign: () => answered(reply(401, '', 'Digest realm="x", nonce="1", algorithm=NEW')),
  unauthorized: () => answered(reply(401)),
  forbidden: () => answered(reply(403)),
  refused: () => answered(reply(200, 'var result=-1;')),
  error: () => answered(reply(200, '{"error":-14}')),
  page: () => answered(reply(200, '<html>login</html>')),
  empty: () => answered(reply(200)),
  words: () => answered(reply(200, 'hello')),
  values: () => answered(reply(200, 'var result=0;')),
  noSession: () => answered(reply(200, 'var session=0;')),
  notFound: () => answered(reply(200, 'File not found.')),
  absent: () => answered(reply(404)),
  broken: () => answered(reply(500)),
  closed: () => failed('closed'),
  timeout: () => failed('timeout'),
  unreachable: () => failed('unreachable'),
  cannotParse: () => answered(reply(200, "Can't parse request.")),
  media: () => answered(media),
  session: () => answered(reply(200, 'var session=5;')),
} satisfies Record<string, () => LoginEvent>;
type Name = keyof typeof answers;

const all = Object.keys(answers) as Name[];
const except = (...names: Name[]): Name[] => all.filter((name) => !names.includes(name));
/** What says that a password was taken. */
const taken: Name[] = ['media', 'session', 'values', 'refused', 'absent', 'notFound', 'broken'];

/** A camera to which every password is wrong. */
const camera = fc.record({
  stranger: fc.array(fc.constantFrom(...all), { minLength: 1, maxLength: 4 }),
  header: fc.constantFrom(
    ...except(...taken, 'error', 'page', 'words', 'noSession', 'unreachable'),
  ),
  query: fc.constantFrom(
    ...except(...taken, 'unreachable', 'cannotParse', 'noSession', 'forbidden'),
  ),
  look: fc.constantFrom(...all),
  creation: fc.constantFrom(...except('session', 'unreachable')),
  isPlain: fc.boolean(),
  isHesitant: fc.boolean(),
});
type Camera = typeof camera extends fc.Arbitrary<infer T> ? T : never;

/** Answers to a header that mean that nobody has looked at the password. */
const unjudged: readonly Name[] = ['cannotParse', 'closed', 'empty'];
/** So does that there is no create_session.cgi. */
const uncreated: readonly Name[] = ['absent', 'notFound', 'broken', 'media'];

class Visit {
  state: LoginState = initialLogin(true);
  /** Passwords that the camera has judged, or may have, in the present dial. */
  judgedCount = 0;
  /** Every event before a password was sent, and the action. */
  readonly seen: { event: LoginEvent; action: LoginAction }[] = [];
  readonly #camera: Camera;
  #requestCount = 0;

  constructor(model: Camera) {
    this.#camera = model;
  }

  /** Some ways into the camera, until one fails by what ends a dial. */
  dial(): void {
    this.judgedCount = 0;
    this.#dispatch({ type: 'dial', isHesitant: this.#camera.isHesitant });
    for (let way = 0; way < 6; way++) {
      this.#dispatch({ type: 'way', isPlain: this.#camera.isPlain });
      if (way === 3) this.#dispatch({ type: 'hesitation-over' });
      if (this.#ask() === 'over') break;
    }
    this.#follow(this.#dispatch({ type: 'dial-failed' }));
  }

  #ask(): 'over' | 'goes on' {
    return this.#follow(this.#dispatch({ type: 'ask' }));
  }

  #follow(first: LoginAction): 'over' | 'goes on' {
    let action = first;
    let last: Name = 'media';
    for (let count = 0; ; count++) {
      expect(count).toBeLessThan(9);
      if (action.type === 'fail') return 'over';
      if (action.type === 'rethrow') return last === 'closed' ? 'goes on' : 'over';
      if (action.type === 'give' || action.type === 'none') return 'goes on';
      last = this.#answer(action);
      action = this.#dispatch(answers[last]());
    }
  }

  #answer(action: LoginAction): Name {
    const { stranger, header, query, look, creation } = this.#camera;
    if (action.type === 'ask-for-sessions') return look;
    if (action.type === 'ask-for-lockout') return 'notFound';
    if (action.type === 'create-session') {
      if (!uncreated.includes(creation)) this.judgedCount += 1;
      return creation;
    }
    const way = action.type === 'send' ? action.way.kind : 'none';
    if (way === 'header') {
      if (!unjudged.includes(header)) this.judgedCount += 1;
      return header;
    }
    if (way === 'query') {
      this.judgedCount += 1;
      return query;
    }
    return stranger[this.#requestCount++ % stranger.length] ?? 'absent';
  }

  #dispatch(event: LoginEvent): LoginAction {
    const { state, action } = next(this.state, event);
    this.state = state;
    this.seen.push({ event, action });
    return action;
  }
}

it('sends no more than one wrong password in a dial', () => {
  fc.assert(
    fc.property(camera, (model) => {
      const visit = new Visit(model);
      for (let dial = 0; dial < 4; dial++) {
        visit.dial();
        expect(visit.judgedCount).toBeLessThanOrEqual(1);
      }
    }),
    { numRuns: 3000 },
  );
});

it('sends no credentials before the camera has asked for them', () => {
  const hints: Name[] = ['error', 'page', 'empty', 'closed'];
  const asksFor: Name[] = ['unauthorized', 'forbidden', 'refused', ...hints];
  fc.assert(
    fc.property(camera, (model) => {
      const stranger = model.stranger.filter((name) => !asksFor.includes(name));
      const [first] = stranger;
      if (first === undefined) return;
      const visit = new Visit({ ...model, stranger });
      for (let dial = 0; dial < 4; dial++) visit.dial();
      for (const [index, { action }] of visit.seen.entries()) {
        if (action.type === 'create-session') expect.fail('a session for which nobody has asked');
        if (action.type !== 'send' || !carriesPassword(action.way)) continue;
        // In the header as challenged by an answer just before; in the query only behind a header that broke.
        const before = visit.seen.slice(0, index + 1).map(({ event }) => event);
        const challenges = before.flatMap((event) =>
          event.type === 'answered' && event.reply.type === 'text' ? event.reply.challenges : [],
        );
        if (action.way.kind === 'header') expect(challenges).toContain(action.way.challenge);
        expect(challenges).not.toEqual([]);
      }
    }),
    { numRuns: 1000 },
  );
});

it('sends none in answer to what may be about anything, as long as it hesitates', () => {
  const hint = fc.constantFrom<Name>('error', 'page', 'empty', 'closed');
  fc.assert(
    fc.property(camera, fc.array(hint, { minLength: 1 }), (model, stranger) => {
      const visit = new Visit({ ...model, stranger, isHesitant: true });
      visit.dial();
      const sentAt = visit.seen.findIndex(
        ({ action }) =>
          action.type === 'create-session' ||
          (action.type === 'send' && carriesPassword(action.way)),
      );
      const overAt = visit.seen.findIndex(({ event }) => event.type === 'hesitation-over');
      if (sentAt !== -1) expect(sentAt).toBeGreaterThan(overAt);
    }),
  );
});
