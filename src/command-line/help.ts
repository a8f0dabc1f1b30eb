/** What `camgate --help` prints. */
export const helpText = `camgate: one session per IP camera, any number of viewers

Usage:
  camgate                    three simulated cameras, to look around
  camgate URL...             these cameras: http://user:password@192.168.1.20/
  camgate --config FILE      the cameras of a configuration file
  camgate check FILE         say everything that is wrong with such a file
  camgate simulate [...]     a simulated camera; see camgate simulate --help

Options:
  -c, --config FILE          configuration file (else CAMGATE_CONFIG names it)
      --host HOST            address to listen on (default 127.0.0.1: only this
                             machine)
  -p, --port PORT            port to listen on (default 8080; 0: any free one)
      --log-level LEVEL      debug, info, warn, error or silent (default info)
  -h, --help                 this text
  -v, --version              the version

The address of the pages is printed when all runs; the log goes to stderr.
Ctrl-C ends camgate; a second Ctrl-C ends it without goodbyes to the cameras.
`;
