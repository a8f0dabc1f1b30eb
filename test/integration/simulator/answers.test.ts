import { describe, expect, it } from 'vitest';
import { addressOf, admin, bodyOf, get, startCamera, wire } from './rig.ts';

describe('answers', () => {
  it('are those of a Boa that closes after each', async () => {
    await using simulator = await startCamera();
    const { received, end } = await wire(simulator, `/get_properties.cgi?${admin}`);
    const text = received.toString();
    expect(end).toBe('close');
    expect(text).toMatch(/^HTTP\/1\.0 200 OK\r\n/);
    expect(text).toContain('\r\nServer: Boa/0.94.14rc21\r\n');
    expect(text).toContain('\r\nConnection: close\r\n');
    expect(text).not.toMatch(/transfer-encoding/i);
  });

  it('are 200 and 15 bytes for an unknown path, also for an endpoint that the firmware lacks', async () => {
    await using simulator = await startCamera({ profile: 'f99', video: 'mjpeg' });
    for (const path of ['nothing.cgi', 'create_session.cgi', 'av.asf', 'constructor']) {
      expect(await get(simulator, path)).toMatchObject({ status: 200, body: 'File not found.' });
    }
  });

  it('give plain variables, JSON and JSONP, and take form-encoded posts', async () => {
    await using simulator = await startCamera();
    expect((await get(simulator, `request_av.cgi?${admin}&result=ret`)).body).toMatch(
      /^var ret=0;\nvar id=\d+;\n$/,
    );
    const json = await get(simulator, `get_status.cgi?${admin}&json=1`);
    expect(JSON.parse(json.body)).toMatchObject({ error: 0, alarm: 0 });
    const jsonp = await get(simulator, `get_badauth.cgi?json=2&jsonp_callback=f`);
    expect(jsonp.body).toMatch(/^f\(\{.*\}\);\n$/);
    const posted = await fetch(new URL('get_status.cgi', simulator.url), {
      method: 'POST',
      body: new URLSearchParams({ user: 'admin', pwd: '', alarm: 'a' }),
    });
    expect(await posted.text()).toBe('var a=0;\n');
  });
});

describe('snapshots', () => {
  it('are JPEGs with a name by the camera clock, in the asked size', async () => {
    await using simulator = await startCamera();
    const response = await fetch(addressOf(simulator, 'snapshot.cgi'));
    expect(response.headers.get('content-disposition')).toMatch(
      /filename="snapshot_20\d{12}\.jpg"$/,
    );
    expect(response.headers.get('content-type')).toBe('image/jpeg');
    const bytes = Buffer.from(await response.arrayBuffer());
    expect([bytes.readUInt16BE(0), bytes.readUInt16BE(bytes.length - 2)]).toEqual([0xffd8, 0xffd9]);
    const named = await fetch(addressOf(simulator, 'snapshot.cgi?filename=save.jpg&resolution=2'));
    expect(named.headers.get('content-disposition')).toContain('"save.jpg"');
    expect(sizeOfJpeg(Buffer.from(await named.arrayBuffer()))).toEqual([160, 120]);
  });

  it('of the f99 keep the size for everybody', async () => {
    await using simulator = await startCamera({ profile: 'f99' });
    const take = async (query: string): Promise<Buffer> =>
      bodyOf((await wire(simulator, `/snapshot.cgi?${admin}${query}`)).received);
    expect(sizeOfJpeg(await take('&resolution=2'))).toEqual([160, 120]);
    await take('&resolution=9');
    expect(sizeOfJpeg(await take(''))).toEqual([160, 120]);
  });
});

describe('MJPEG push', () => {
  it('is an error where the stream is H.264', async () => {
    await using simulator = await startCamera();
    expect(await get(simulator, `videostream.cgi?${admin}`)).toMatchObject({
      status: 200,
      body: 'var error=-2;\n',
    });
    expect(simulator.journal.openStreams).toEqual([]);
  });
});

describe('control over HTTP', () => {
  it('switches faults and shows the journal, without a login and without being journaled', async () => {
    await using simulator = await startCamera();
    const post = (query: string) =>
      fetch(new URL(`_simulator/faults?${query}`, simulator.url), { method: 'POST' });
    expect(await (await post('on=garbage&bytes=7')).json()).toMatchObject({
      on: [{ kind: 'garbage', bytes: 7 }],
    });
    expect(simulator.faults.active('garbage')).toEqual({ kind: 'garbage', bytes: 7 });
    const wrong = await post('on=garbag');
    expect([wrong.status, await wrong.json()]).toEqual([
      400,
      { error: 'There is no fault "garbag"; did you mean "garbage"?' },
    ]);
    await post('off=garbage');
    expect(simulator.faults.list).toEqual([]);
    await get(simulator, `get_status.cgi?${admin}`);
    const journal = JSON.parse((await get(simulator, '_simulator/journal')).body) as {
      requests: object[];
    };
    expect(journal.requests).toMatchObject([
      { path: 'get_status.cgi', authKind: 'query', status: 200 },
    ]);
  });
});

/** Width and height of the frame header (SOF0, ITU-T T.81 B.2.2). */
function sizeOfJpeg(jpeg: Buffer): [number, number] {
  const at = jpeg.indexOf(Buffer.from([0xff, 0xc0]));
  return [jpeg.readUInt16BE(at + 7), jpeg.readUInt16BE(at + 5)];
}
