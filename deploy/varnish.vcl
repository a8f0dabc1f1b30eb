# An edge in front of camgate for crowds: one request to camgate for any number of viewers who wait for the same part.
# For Varnish 7.1 (Debian: `apt-get install varnish`, and this file as /etc/varnish/default.vcl) or newer; by hand:
#   varnishd -a :6081 -f varnish.vcl -s malloc,512m
# Varnish speaks no TLS and asks for no password: put a proxy in front that does. deploy/nginx.conf is one, with the
# port of Varnish in place of camgate's.
vcl 4.1;

backend camgate {
  .host = "127.0.0.1";
  .port = "8080";
  .connect_timeout = 5s;
  # The longest waits of camgate are those for a cold camera (a minute) and for a part (three target durations).
  .first_byte_timeout = 90s;
  .between_bytes_timeout = 60s;
  # While camgate is away viewers are told at once instead of after the time limits.
  .probe = {
    .url = "/healthz";
    .interval = 2s;
    .timeout = 2s;
    .window = 4;
    .threshold = 2;
    .initial = 2;
  }
}

sub vcl_recv {
  # Prometheus asks camgate itself.
  if (req.url ~ "(?i)^/metrics\b") {
    return (synth(403));
  }
  # camgate knows no cookies, and Varnish keeps nothing of a request that has one or a password.
  unset req.http.Cookie;
  unset req.http.Authorization;
  if (req.method != "GET" && req.method != "HEAD") {
    return (pass);
  }
  # Bytes as they come, and the end when a viewer leaves. `pass` would read for a slow viewer whatever the camera sends,
  # and keep it in memory; so camgate notices, and leaves frames out.
  if (req.url ~ "^/cameras/[^/?]+/stream\.mjpg(\?|$)") {
    return (pipe);
  }
  # Playlists, parts and segments. Everything else is about now: pages, snapshots, the API.
  if (req.url !~ "^/cameras/[^/?]+/hls/") {
    return (pass);
  }
  # A playlist depends on its query, media do not.
  if (req.url !~ "^[^?]+\.m3u8(\?|$)") {
    set req.url = regsub(req.url, "\?.*$", "");
  }
  return (hash);
}

# The path and query have all that an answer depends on, by whatever host it is asked for; names carry an id per start
# of camgate.
sub vcl_hash {
  hash_data(req.url);
  return (lookup);
}

sub vcl_backend_response {
  # How long is what camgate says (`Cache-Control`), and not a moment longer: a stale playlist leads back into the past.
  set beresp.grace = 0s;
  set beresp.keep = 0s;
  if (bereq.uncacheable) {
    return (deliver);
  }
  if (beresp.status >= 400) {
    # Errors are not kept, but who waited together for this answer gets it: without a moment in the cache each of them
    # would be sent to camgate in turn, to wait there once more.
    set beresp.ttl = 0.5s;
    return (deliver);
  }
  # Only viewers at the live edge ask for parts; memory is for the segments.
  if (bereq.url ~ "/part-\d+\.m4s$" && beresp.ttl > 60s) {
    set beresp.ttl = 60s;
  }
}

sub vcl_backend_error {
  set beresp.grace = 0s;
  set beresp.keep = 0s;
  set beresp.ttl = 0.5s;
  set beresp.http.Content-Type = "text/plain; charset=utf-8";
  set beresp.http.Cache-Control = "no-store";
  set beresp.http.Access-Control-Allow-Origin = "*";
  set beresp.http.Retry-After = "2";
  set beresp.body = "camgate does not answer.";
  return (deliver);
}

sub vcl_deliver {
  if (obj.uncacheable) {
    set resp.http.X-Cache-Status = "PASS";
  } elsif (obj.hits > 0) {
    set resp.http.X-Cache-Status = "HIT";
  } else {
    set resp.http.X-Cache-Status = "MISS";
  }
}
