import { CamgateError } from '../../lib/errors.ts';
import type { Device } from './device.ts';
import type { Exchange } from '../http/exchange.ts';
import { defaultFaults, parseFault, type FaultKind, type FaultScope } from '../faults.ts';

/** All requests below this path control the simulator; they need no login and are not in the journal. */
export const controlPrefix = '_simulator/';

export const controlHelp = `While it runs, a simulated camera can be watched and broken over HTTP:

  GET  /_simulator/journal                    every request, and when each frame number was sent
  GET  /_simulator/faults                     what is switched on, and what there is
  POST /_simulator/faults?on=NAME             switch on; parameters of the fault follow (&ms=5000)
  POST /_simulator/faults?on=NAME&scope=next  only for the next stream that opens (&afterFrames=20)
  POST /_simulator/faults?off=NAME            switch off
  POST /_simulator/faults?clear=1             switch everything off

  Faults: ${Object.values(defaultFaults).map(describeFault).join(', ')}
`;

/** Serves a path below controlPrefix. */
export async function serveControl(exchange: Exchange, device: Device): Promise<void> {
  const { method, path } = exchange.request;
  const name = path.slice(controlPrefix.length);
  if (name === 'journal' && method === 'GET') return answerJson(exchange, 200, device.journal);
  if (name === 'faults' && method === 'GET') return answerJson(exchange, 200, faultsOf(device));
  if (name === 'faults' && method === 'POST') return switchFaults(exchange, device);
  return answerJson(exchange, 404, {
    error: `GET or POST /${controlPrefix}faults, GET /${controlPrefix}journal`,
  });
}

async function switchFaults(exchange: Exchange, device: Device): Promise<void> {
  const { parameters } = exchange.request;
  try {
    const on = parameters.get('on');
    const off = parameters.get('off');
    if (parameters.has('clear')) await device.faults.clear();
    // The name is checked by the same reader, so that a typing error is an error here too.
    if (off !== undefined) await device.faults.switchOff(parseFault(off, new Map()).kind);
    const scope = faultScope(parameters);
    const fault = on === undefined ? undefined : parseFault(on, parameters);
    // A reboot cuts this connection as well: answer first.
    if (fault?.kind === 'reboot')
      exchange.socket.once('finish', () => void device.faults.switchOn(fault, scope));
    else if (fault) await device.faults.switchOn(fault, scope);
    await answerJson(exchange, 200, faultsOf(device));
  } catch (error) {
    if (!(error instanceof CamgateError)) throw error;
    await answerJson(exchange, 400, { error: error.message });
  }
}

function faultScope(parameters: ReadonlyMap<string, string>): FaultScope {
  const scope = parameters.get('scope') ?? 'all';
  if (scope === 'all') return { kind: 'all' };
  const afterFrames = Number(parameters.get('afterFrames') ?? '0');
  if (scope === 'next' && Number.isInteger(afterFrames)) return { kind: 'next', afterFrames };
  throw new CamgateError('usage', 'The scope is "all" or "next", afterFrames a whole number.');
}

function faultsOf(device: Device): object {
  return {
    on: device.faults.list,
    onForNextStream: device.faults.listForNext,
    available: Object.keys(defaultFaults) satisfies string[] as FaultKind[],
  };
}

function describeFault(fault: object): string {
  const { kind, ...parameters } = fault as Record<string, string | number>;
  const names = Object.entries(parameters).map(
    ([name, value]) => `${name}=${String(value).replaceAll(' ', '+')}`,
  );
  return names.length === 0 ? String(kind) : `${String(kind)} (${names.join(', ')})`;
}

async function answerJson(exchange: Exchange, status: number, value: object): Promise<void> {
  await exchange.answer({ status, contentType: 'application/json' }, `${JSON.stringify(value)}\n`);
}
