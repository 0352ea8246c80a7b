# Sourced by test.sh: finds what a run of the tests leaves behind: temporary files, processes, control groups, mounts, descriptors.
# shellcheck shell=bash

# Gives the run a directory for temporary files. Its path is also the mark of the run's processes: TMPDIR contains it, which kernels inherit, and
# so does PATH, which commands get too. Its name is short, because the path of a Unix socket has at most 107 bytes.
begin_leftovers() {
  RUN_DIRECTORY=$(mktemp -d "${TMPDIR:-/tmp}/kg.XXXXXX")
  # Other users use it too: some tests run kernels and commands as such.
  chmod 1777 "$RUN_DIRECTORY"
  GROUPS_BEFORE=$(list_groups)
  export TMPDIR=$RUN_DIRECTORY PATH=$PATH:$RUN_DIRECTORY/none
  # With it, run directories of gateways would be elsewhere.
  unset XDG_RUNTIME_DIR
  # Nodes of MSBuild would outlive the tests that build something. The compiler's server does too: these tests have one of their own.
  export MSBUILDDISABLENODEREUSE=1 DOTNET_CLI_USE_MSBUILD_SERVER=0 UseSharedCompilation=true SharedCompilationId=compiler-${RUN_DIRECTORY##*/}
  # Test processes write there which descriptors they left open.
  export OPEN_DESCRIPTORS_DIRECTORY=$ROOT/$1
  rm -rf "$OPEN_DESCRIPTORS_DIRECTORY"
  mkdir -p "$OPEN_DESCRIPTORS_DIRECTORY"
}

# Runs a command of the run. As root it gets a mount namespace in which root's login files are empty: tests run many commands by login shells,
# and what this machine's root has in its profile is not under test. A version manager's share can be a minute for each after one was killed.
run_apart() {
  { [ "$EUID" = 0 ] && unshare --mount true 2>/dev/null; } || { "$@"; return; }
  export -f list_mounts
  unshare --mount bash -c '
    for file in ~root/.bash_profile ~root/.bash_login ~root/.profile ~root/.bashrc; do
      [ ! -e "$file" ] || mount --bind /dev/null "$file"
    done
    "$@"
    status=$?
    list_mounts >"$OPEN_DESCRIPTORS_DIRECTORY/mounts-$$"
    exit "$status"' bash "$@"
}

# Prints what is left, removes it, and fails if there is something. Whatever is about to end has five seconds.
end_leftovers() {
  local found attempt process command
  list_processes | while read -r process command; do
    case $command in *"VBCSCompiler -pipename:"*) kill "$process" 2>/dev/null || true ;; esac
  done
  # The compiler makes its socket there, wherever TMPDIR is.
  rm -f "/tmp/$SharedCompilationId"
  for attempt in {1..20}; do
    found=$(list_leftovers)
    [ -n "$found" ] || break
    [ "$attempt" = 20 ] || sleep 0.25
  done
  found=$(printf '%s\n' "$found" && cat "$OPEN_DESCRIPTORS_DIRECTORY"/* 2>/dev/null || true)
  found=${found#$'\n'}
  list_processes | while read -r process _; do kill -KILL "$process" 2>/dev/null || true; done
  rm -rf "$RUN_DIRECTORY"
  [ -z "$found" ] || printf 'the tests have left:\n%s\n' "$found" >&2
  [ -z "$found" ]
}

list_leftovers() {
  # In one piece: a program that reads while processes are searched would be found.
  local processes
  processes=$(list_processes)
  [ -z "$processes" ] || sed 's/^/process /' <<<"$processes"
  list_files | sed 's/^/file /'
  list_mounts
  list_new_groups | sed 's/^/control group /'
}

# Of the mount namespace of this shell, below the directory of the run.
list_mounts() {
  [ ! -r /proc/self/mountinfo ] || awk -v directory="$TMPDIR/" 'index($5, directory) == 1 { print "mount " $5 }' /proc/self/mountinfo
}

# Ids and command lines. The programs that search do not have the mark, and neither has this shell.
list_processes() {
  local process
  [ -d /proc/self ] || return 0
  { env -i "$(type -P grep)" -lsF "$RUN_DIRECTORY/none" /proc/[0-9]*/environ || true; } | while IFS=/ read -r _ _ process _; do
    # A directory of process 1 shows that it is no thread and no process that has just ended.
    [ -e "/proc/$process/exe" ] || continue
    printf '%s %s\n' "$process" "$({ tr '\0\n' '  ' <"/proc/$process/cmdline" | sed 's/ *$//'; } 2>/dev/null || true)"
  done
}

# Not listed is what test.sh itself needs until it ends, and what programs of others leave on purpose or when they are killed:
# - $logs: the outputs of the projects
# - clr-debug-pipe, dotnet-diagnostic, .dotnet: the .NET runtime removes them only when a process ends by itself, and tests kill gateways
# - MSBuild*, NuGetScratch*, NUnit.Engine, empty directories with names of six characters: of the dotnet command, its builds and test runs
# - tmp and six or eight characters: Python's temporary directories, such as the profile of an IPython without a home and the plots of
#   kernels and clients, are removed only when a program ends by itself
# - Rtmp*: R removes the directory of its session only when it ends by itself
# - kernel-gateway-UID: the parent of all run directories of a user stays, if it is empty
list_files() {
  find "$RUN_DIRECTORY" -mindepth 1 -maxdepth 1 ! -path "${logs:-none}" \
    ! -name 'clr-debug-pipe-*' ! -name 'dotnet-diagnostic-*' ! -name .dotnet \
    ! -name 'MSBuild*' ! -name 'NuGetScratch*' ! -name NUnit.Engine ! \( -name '??????' -type d -empty \) \
    ! -name 'tmp??????' ! -name 'tmp????????' ! -name 'Rtmp*' ! \( -name 'kernel-gateway-*' -type d -empty \)
}

list_groups() {
  [ ! -d /sys/fs/cgroup ] || find /sys/fs/cgroup -type d -name 'kernel-gateway-*' 2>/dev/null || true
}

# Groups with processes may be those of other gateways on the machine.
list_new_groups() {
  local group
  list_groups | grep -vxF -e "$GROUPS_BEFORE" | while read -r group; do
    [ -n "$(cat "$group/cgroup.procs" 2>/dev/null)" ] || echo "$group"
  done || true
}
