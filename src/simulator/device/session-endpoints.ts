import { authenticate, authenticateLogin } from './authentication.ts';
import { lockoutRules } from './device-state.ts';
import { answerCgi, authorize, type Endpoint } from './endpoint.ts';

/** A failure is a normal answer here, never a 401: session 0, group -1 (camera-protocol.md section 2). */
export const createSession: Endpoint = async (exchange, device) => {
  const verdict = authenticateLogin(exchange.request, device);
  const id = verdict.kind === 'granted' ? device.sessions.create(verdict.user) : 0;
  const isMade = verdict.kind === 'granted' && id !== 0;
  const fields = { session: id, group: isMade ? verdict.user.group : -1 };
  await answerCgi(exchange, device, { fields, error: isMade ? 0 : -14 });
};

export const closeSession: Endpoint = async (exchange, device) => {
  const isClosed = device.sessions.close(Number(exchange.request.parameters.get('session')));
  await answerCgi(exchange, device, {
    fields: { result: isClosed ? 0 : -1 },
    error: isClosed ? 0 : -8,
  });
};

export const getSessionList: Endpoint = async (exchange, device) => {
  if (!(await authorize(exchange, device, ['admin']))) return;
  const sessions = device.sessions.list();
  const fields = {
    sessions: sessions.map(({ id }) => id),
    users: sessions.map(({ user }) => user.name),
  };
  await answerCgi(exchange, device, { fields, error: 0 });
};

/** Gives the password back in clear, as the real thing does. */
export const checkUser: Endpoint = async (exchange, device) => {
  const verdict = authenticate(exchange.request, device);
  if (verdict.kind === 'denied') {
    await answerCgi(exchange, device, { fields: { user: '', pwd: '', group: -1 }, error: -14 });
    return;
  }
  const { name, password, group } = verdict.user;
  await answerCgi(exchange, device, { fields: { user: name, pwd: password, group }, error: 0 });
};

/** Answered without credentials and while everybody is locked out. */
export const getBadauth: Endpoint = async (exchange, device) => {
  const fields = {
    da_defense: 1,
    retry_times: lockoutRules.retryTimes,
    error_times: device.lockout.errorCount,
    denied_time_total: lockoutRules.deniedMs / 1000,
    denied_time_passed: Math.floor(device.lockout.deniedForMs / 1000),
  };
  await answerCgi(exchange, device, { fields, error: 0 });
};
