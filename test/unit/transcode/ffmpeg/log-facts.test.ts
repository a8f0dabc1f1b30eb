import { describe, expect, it } from 'vitest';
import { LogFacts, readLogLine } from '../../../../src/transcode/ffmpeg/log-facts.ts';

describe('readLogLine', () => {
  it.each([
    ['pipe:0: Invalid data found when processing input', 'invalid-input'],
    [
      '[asf @ 0x55] Could not find codec parameters for stream 0 (Video: h264, none)',
      'no-keyframe',
    ],
    ['[h264 @ 0x55] non-existing PPS 0 referenced', 'no-keyframe'],
    ['[mp4 @ 0x1] dimensions not set', 'no-keyframe'],
    ["Unknown encoder 'libx264'", 'encoder-missing'],
    ["Unrecognized option 'fps_mode'.", 'bad-option'],
    ["Stream map '0:a:0' matches no streams.", 'no-stream'],
    ['Error while filtering: Cannot allocate memory', 'out-of-memory'],
    ['av_interleaved_write_frame(): Broken pipe', 'broken-pipe'],
    ['[mp4 @ 0x1] Non-monotonous DTS in output stream 0:0', 'irregular-stamps'],
    [
      '[mp4 @ 0x1] Application provided invalid, non monotonically increasing dts',
      'irregular-stamps',
    ],
    ['[h264 @ 0x1] error while decoding MB 3 4, bytestream -5', 'corrupt-media'],
    [
      '[IMGUTILS @ 0x7f] Picture size 15904x15904 exceeds specified max pixel count 83886080, see the documentation',
      'frame-too-large',
    ],
    ['something new', 'unknown'],
  ])('%s', (line, reason) => {
    expect(readLogLine(line)).toBe(reason);
  });

  it('skips what says nothing', () => {
    expect(readLogLine('  ')).toBeUndefined();
    expect(readLogLine('    Last message repeated 4 times')).toBeUndefined();
  });
});

describe('LogFacts', () => {
  it('counts over split lines and names the telling reason, not the last', () => {
    const facts = new LogFacts();
    facts.push('[h264] non-exist');
    facts.push('ing PPS 0 referenced\r\n[h264] no frame!\npipe:0: Invalid data found when ');
    facts.push('processing input');
    facts.finish();
    expect(facts.facts).toEqual([
      { reason: 'no-keyframe', count: 2 },
      { reason: 'invalid-input', count: 1 },
    ]);
    expect(facts.worst).toBe('no-keyframe');
  });

  it('keeps nothing of what was said, and no line without end', () => {
    const facts = new LogFacts();
    for (let index = 0; index < 1000; index += 1)
      facts.push('http://admin:secret@camera/'.repeat(100));
    facts.push('\n');
    expect(facts.facts).toEqual([{ reason: 'unknown', count: 1 }]);
    expect(JSON.stringify(facts.facts)).not.toContain('secret');
  });
});
