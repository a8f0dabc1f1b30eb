#!/bin/sh
# What `camgate` is in the image: the same arguments, and the address filled in that the outside of a container can
# reach. CAMGATE_PORT is the port in the container, for the health check as well.
set -eu

port=${CAMGATE_PORT:-8080}
case ${1-} in
  check | reload | -h | --help | -v | --version) ;;
  simulate)
    shift
    # Of an option that is given twice, the last one counts.
    set -- simulate --host 0.0.0.0 --port "$port" "$@"
    ;;
  *)
    host=0.0.0.0
    for argument; do
      case $argument in
        --host | --host=*) host= ;;
        -p* | --port | --port=*)
          echo "camgate: set CAMGATE_PORT instead of $argument, so that the health check knows the port too." >&2
          exit 2
          ;;
      esac
    done
    set -- ${host:+--host "$host"} --port "$port" "$@"
    ;;
esac
exec node "${0%/*}/dist/main.js" "$@"
