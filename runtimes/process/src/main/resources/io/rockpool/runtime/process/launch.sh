#!/bin/sh
# The root of one instance's processes. It stays while they run, so that its pid stands for all of them.
#
#   launch.sh RUN LOG GENERATION NONCE SECCOMP COUNT GROUP... COMMAND...
#
# RUN         folder of the instance's lock, lifemark and exit status
# LOG         file that takes the output
# GENERATION  written into the lifemark, as is NONCE, which is new for every start
# SECCOMP     filter that the command finds as file descriptor 9; empty for none
# COUNT       number of control groups that follow; each is a folder with a cgroup.procs
#
# Exit status: 75 another one runs, 76 a control group cannot be joined, 77 the lifemark cannot be written;
# after the command has run, that of the command.
set -u
run=$1 log=$2 generation=$3 nonce=$4 seccomp=$5 count=$6
shift 6

exec 8>"$run/lock"
flock -n 8 || exit 75

while [ "$count" -gt 0 ]; do
  echo $$ >"$1/cgroup.procs" || exit 76
  shift
  count=$((count - 1))
done

# Field 22 of proc_pid_stat(5). The name, in brackets, may hold blanks: count from the last bracket.
start_ticks() {
  read -r stat <"/proc/$$/stat"
  # shellcheck disable=SC2086 # the fields are numbers
  set -- ${stat##*) }
  shift 19
  ticks=$1
}

# The mark is complete before anything of the instance runs: whoever is killed meanwhile leaves either
# nothing that runs or something that is on record.
start_ticks
read -r boot </proc/sys/kernel/random/boot_id
printf 'pid=%s\nstart=%s\nboot=%s\ngeneration=%s\nnonce=%s\n' $$ "$ticks" "$boot" "$generation" "$nonce" \
  >"$run/lifemark.new" && mv "$run/lifemark.new" "$run/lifemark" || exit 77

if [ -n "$seccomp" ]; then
  exec 9<"$seccomp"
fi

(
  exec 8>&- </dev/null >>"$log" 2>&1
  # When memory is short, an instance goes before the control plane does.
  echo 500 >/proc/self/oom_score_adj
  exec "$@"
)
code=$?

printf '%s %s\n' "$nonce" "$code" >"$run/exit.new" && mv "$run/exit.new" "$run/exit"
exit "$code"
