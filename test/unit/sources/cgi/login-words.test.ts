import { describe, expect, it } from 'vitest';
import { asksForLogin } from '../../../../src/sources/cgi/http/login-words.ts';

describe('asksForLogin', () => {
  it.each([
    'please login first',
    'Please log in.',
    '{"code":1,"msg":"please login first"}',
    '[{"cmd":"Snap","code":1,"error":{"detail":"please login first","rspCode":-6}}]',
    '[ "not logged in" ]',
    '{"result":false,"error":"notLogin"}',
    '{"isLogin": false}',
    '{"code":401}',
    '{"status":"401","data":null}',
    '{"message":"Unauthorized"}',
    '{"error":{"message":"Session timeout"}}',
    '{"error":"invalid session"}',
    'token expired',
    'Login required',
    'login_required',
    'You must be logged in to view this page',
    'authentication required',
    '<html><body>Please login first</body></html>',
    '<!doctype html><title>IP Camera - Login</title>',
    '<form><input name="p" type="password"></form>',
    "<script>top.location.href='/login.htm'</script>",
    '<meta http-equiv="refresh" content="0; url=/web/login.html">',
  ])('is true of %s', (text) => {
    expect(asksForLogin(text)).toBe(true);
  });

  it.each([
    '',
    'hello',
    'busy, come back later',
    'File not found.',
    'var result=-1;',
    '{"error":-14}',
    '{"error":0,"id":401}',
    '{"code":1,"msg":"busy"}',
    '[]',
    '<html><body><form>login</form></body></html>',
    '<html><a href="/login.htm">login</a><img src="/video"></html>',
    "var user1='login';var pwd1='please';",
    'the blog in question',
  ])('is not of %s', (text) => {
    expect(asksForLogin(text)).toBe(false);
  });

  it.each(['please ', '"code" ', ' ', '<input ', '<title>', 'location', 'url=', 'user ', 'not'])(
    'is done at once with a text of nothing but %j',
    (piece) => {
      const startedAt = performance.now();
      asksForLogin(piece.repeat((64 * 1024) / piece.length));
      expect(performance.now() - startedAt).toBeLessThan(1_000);
    },
  );
});
