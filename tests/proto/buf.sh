# Sourced: install_buf WORK_DIR puts buf, as package.json names it, below WORK_DIR (a build folder) and sets `buf` to it.
install_buf() {
  local here
  here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
  mkdir -p "$1"
  # Tests that run at the same time share the folder.
  (
    flock 9
    cp "$here/package.json" "$1/"
    if [[ ! -x $1/node_modules/.bin/buf ]]; then
      cd "$1" && npm install --no-audit --no-fund --no-package-lock --loglevel=error
    fi
  ) 9>"$1/lock"
  # shellcheck disable=SC2034 # for the sourcing script
  buf=$1/node_modules/.bin/buf
}
