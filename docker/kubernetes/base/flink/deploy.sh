#!/bin/sh
# Gives the job to Kubernetes in Flink's application mode; it ends as soon as the JobManager is asked for. docs/kubernetes.md explains it.
set -eu
case "$KAIROS_RESTORE" in
  none) restore= ;;
  *://*) restore="-s $KAIROS_RESTORE -cm claim" ;;
  "")
    echo "KAIROS_RESTORE is not set: say none for the first start, or the URI of a savepoint. Without one every customer is forgotten" >&2
    exit 1
    ;;
  *)
    echo "KAIROS_RESTORE is '$KAIROS_RESTORE', which is no URI: s3://bucket/kept/savepoint-1, or file:///var/lib/kairos/kept/savepoint-1" >&2
    exit 1
    ;;
esac

# The image's configuration without the addresses of one machine. The client hands this folder on to the pods. It makes files of its own
# where the configuration says, before it looks at any -D.
export FLINK_CONF_DIR="${TMPDIR:-/tmp}/conf"
mkdir -p "$FLINK_CONF_DIR"
cp "$FLINK_HOME/conf/log4j-console.properties" "$FLINK_CONF_DIR"
cp "$FLINK_HOME/conf/log4j-console.properties" "$FLINK_CONF_DIR/log4j-cli.properties" # the client's own, for the log of this pod
sed -e '/: 127\.0\.0\.1$/d' -e "s|^io\.tmp\.dirs:.*|io.tmp.dirs: ${TMPDIR:-/tmp}|" "$FLINK_HOME/conf/config.yaml" > "$FLINK_CONF_DIR/config.yaml"

return=$(printf '\r')
set --
for file in "$(dirname "$0")"/*.conf; do
  # The last line counts, also without an end; and a line from Windows ends in a letter that is no part of a value.
  while read -r line || [ -n "$line" ]; do
    line=${line%"$return"}
    case "$line" in
      "" | \#*) ;;
      *=*) set -- "$@" "-D$line" ;;
      *)
        echo "$(basename "$file"): '$line' is no setting: key=value" >&2
        exit 1
        ;;
    esac
  done < "$file"
done

# --kafka-properties comes first: Flink would take --parallelism for its own option, and stops at the first one that it does not know.
# shellcheck disable=SC2086
set -f
exec flink run -t kubernetes-application $restore "$@" \
  "-Dkubernetes.namespace=$KAIROS_NAMESPACE" \
  "-Dkubernetes.container.image.ref=$KAIROS_JOB_IMAGE" \
  "-Dkubernetes.jobmanager.replicas=$KAIROS_JOBMANAGERS" \
  "-Dslotmanager.redundant-taskmanager-num=$KAIROS_SPARES" \
  "-Dexecution.checkpointing.dir=$KAIROS_STATE/checkpoints" \
  "-Dexecution.checkpointing.savepoint-dir=$KAIROS_STATE/savepoints" \
  "-Dstate.changelog.dstl.dfs.base-path=$KAIROS_STATE/changelog" \
  "-Dhigh-availability.storageDir=$KAIROS_STATE/ha" \
  -pyfs /opt/kairos/kairos.zip -pym jobs.claiming \
  "--kafka-properties=$KAIROS_KAFKA_PROPERTIES" $KAIROS_OPTIONS
