/**
 * Whether a small answer of status 200 says that its caller has to log in, or again: a page with a login form, or one
 * that leads there by script; JSON, an object or a list, and plain words. Only the usual phrases count, so that a page
 * with a link to the login is no such answer.
 */
export function asksForLogin(text: string): boolean {
  return signs.some((sign) => sign.test(text));
}

const verb = String.raw`(?:log|sign)(?:ged)?[-_ ]?(?:in|on)`;
const account = '(?:user|user ?name|account|password|credentials?|session|token|cookie|login)';

// No repetition is without a bound, so that no text takes long.
const signs: readonly RegExp[] = [
  // Please login first. You must be logged in. Need to log in.
  new RegExp(
    String.raw`\b(?:please|must|need|have to|required to)(?: to)?(?: be)?(?: re-?)? ?${verb}`,
    'i',
  ),
  // Login required, log in first, login expired, login timeout.
  new RegExp(
    String.raw`\b${verb}[-_ ](?:is )?(?:first|again|required|needed|expired|time ?out|timed out|failed|to continue)`,
    'i',
  ),
  // Not logged in, notLogin, no_login, "isLogin": false.
  new RegExp(String.raw`\b(?:not|no|un)[-_ ]?(?:yet )?${verb}\b`, 'i'),
  /\b(?:is_?)?log(?:ged)?_?in["']?\s{0,4}[:=]\s{0,4}["']?(?:false|0|no)\b/i,
  // Session expired, invalid token, wrong user name.
  new RegExp(
    String.raw`\b${account} (?:is |has |was )?(?:expired|invalid|timed out|timeout|not found|wrong|incorrect)`,
    'i',
  ),
  new RegExp(
    String.raw`\b(?:expired|invalid|wrong|incorrect|bad|missing|unknown) ${account}\b`,
    'i',
  ),
  /\b(?:un-?|not )authori[sz]ed\b/i,
  /\b(?:un|not )authenticated\b|\bauthenti[cf](?:ation|ication) (?:is )?(?:required|needed|failed|expired)/i,
  // {"code":401}, {"status":"401"}
  /"(?:code|status|status_?code|error|error_?code|err_?no|ret|result|rspCode)"\s{0,4}:\s{0,4}"?401\b/i,
  /<input\b[^>]{0,300}\btype\s{0,4}=\s{0,4}["']?password/i,
  /<title>[^<]{0,100}\b(?:log|sign)[- ]?in\b/i,
  /\blocation(?:\.href|\.replace)?\s{0,4}[=(]\s{0,4}["'][^"']{0,200}\blog_?in\b/i,
  /\burl\s{0,4}=\s{0,4}["']?[^"'>\s]{0,200}\blog_?in\b/i,
];
