/** What `camgate --help` prints. */
export const helpText = `camgate: one session per IP camera, any number of viewers

Usage:
  camgate                    three simulated cameras, to try camgate out
  camgate URL...             these cameras: http://user:password@192.168.1.20/
  camgate --config FILE      the cameras of a configuration file
  camgate check FILE         list everything wrong with such a file
  camgate reload [FILE]      take over a changed file without a restart
  camgate simulate [...]     a simulated camera; see camgate simulate --help

Options:
  -c, --config FILE          configuration file (default: the one that
                             CAMGATE_CONFIG names)
      --host HOST            address to listen on (default 127.0.0.1: this
                             machine only)
  -p, --port PORT            port to listen on (default 8080; 0: any free one)
      --log-level LEVEL      debug, info, warn, error or silent (default info)
  -h, --help                 this text
  -v, --version              the version

When everything is running, the address of the pages is printed; the log goes to
stderr. Ctrl-C stops camgate; a second Ctrl-C stops it at once, without closing
the sessions with the cameras.
`;
