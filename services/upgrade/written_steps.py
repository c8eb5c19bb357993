"""The steps of an upgrade where `kairos upgrade` cannot take them itself, because others start the processes there."""

KUBERNETES = """\
# Nothing was changed. `kairos upgrade` carries these steps out on the local stack only; here you do, with the names of your own overlay.
# 1 Savepoint: the old job ends with it.
kubectl -n kairos exec deploy/kairos -- flink list -t remote -Drest.address=localhost
kubectl -n kairos exec deploy/kairos -- flink stop -t remote -Drest.address=localhost --savepointPath s3://BUCKET/state/savepoints JOB
# 2 Two copies. The job owns and deletes what it restores: one is for the new job, one for the way back.
aws s3 cp --recursive s3://BUCKET/state/savepoints/SAVEPOINT s3://BUCKET/kept/SAVEPOINT
aws s3 cp --recursive s3://BUCKET/state/savepoints/SAVEPOINT s3://BUCKET/restore/SAVEPOINT
# 3 New code: the new tag in your overlay's images and in KAIROS_JOB_IMAGE, KAIROS_RESTORE=s3://BUCKET/restore/SAVEPOINT, or another --parallelism.
kubectl -n kairos delete job kairos-deploy --ignore-not-found
kubectl -n kairos delete deploy kairos --wait
kubectl apply -k OVERLAY
# 4 Watch it for half a minute: healthy, checkpoints complete, the lag falls, no restart, events are not refused.
kubectl -n kairos exec deploy/kairos -- kairos-flink health && echo healthy
kubectl -n kairos port-forward svc/kairos-rest 8081    # then http://127.0.0.1:8081: checkpoints, exceptions
# 5 If anything is wrong: step 3 with the old image, and KAIROS_RESTORE=s3://BUCKET/kept/SAVEPOINT (copied once more).
#   What the new job decided is decided again, under the same decision_id.
# 6 If all is well: KAIROS_RESTORE= (nothing), so that a later deployment does not go back to today."""

COMPOSE = """\
# Nothing was changed. `kairos upgrade` carries these steps out on the local stack only; here you do.
# 1 Savepoint: the old job ends with it.
docker compose exec jobmanager flink list -t remote -Drest.address=localhost
docker compose exec jobmanager flink stop -t remote -Drest.address=localhost --savepointPath file:///var/lib/kairos/savepoints/kairos-live JOB
# 2 New code: build or pull the new image under the tag in compose.yaml. The image copies a savepoint itself before it claims it.
docker compose up -d --force-recreate jobmanager taskmanager
# 3 Watch it for half a minute: healthy, checkpoints complete, no restart, events are not refused.
docker compose exec jobmanager kairos-flink health && echo healthy
# 4 If anything is wrong: the old image, and --restore SAVEPOINT among the job's arguments in compose.yaml; then step 2 again.
#   What the new job decided is decided again, under the same decision_id."""

STEPS = {"kubernetes": KUBERNETES, "compose": COMPOSE}
"""Where the job runs -> the steps."""
